"""An attacker's wrong logins do not lock the owner out: known devices never, new ones rarely."""

import pytest
from django.core import signing
from rest_framework.test import APIClient

from accounts.auth.login import known_devices
from accounts.email.tokens import reset_token
from factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
URL = "/api/v1/auth/"
OWNERS = "192.0.2.200"
STOCK = {"login_account_address": "5/h", "login_account": "10/h", "login_device": "10/h"}


@pytest.fixture(autouse=True)
def rates(settings):
    """The default rates, in windows longer than a test."""
    settings.RATES = {**settings.RATES, **STOCK}


@pytest.fixture
def user():
    return UserFactory(is_staff=True)


def login(user, *, password=PASSWORD, address=OWNERS, client=None, **given):
    """As the edge sends it: on a unix socket, so without an address of the peer."""
    body = {"email": user.email, "password": password, **given}
    headers = {"X-Real-IP": address, "Sec-Fetch-Site": "same-origin"}
    return (client or APIClient()).post(f"{URL}login/", body, headers=headers, REMOTE_ADDR="")


def attacked(user, *, addresses):
    """Attackers try from so many addresses until each is refused."""
    for number in range(addresses):
        answers = [login(user, password="wrong", address=f"203.0.113.{number}") for _ in range(12)]
        assert answers[-1].status_code == 429
    return user


def test_one_attacker_does_not_lock_out_a_new_device(user):
    attacked(user, addresses=1)
    assert login(user).status_code == 200


def test_many_attackers_do_not_lock_out_a_known_device(user):
    known = login(user).json()["device"]
    browser = APIClient()
    assert login(user, client=browser, cookies=True).status_code == 200
    attacked(user, addresses=3)
    assert login(user).status_code == 429, "the account's limit is used up"
    assert login(user, device=known).status_code == 200
    assert login(user, client=browser, cookies=True).status_code == 200
    assert login(user, device=known, address="203.0.113.1").status_code == 200, "anywhere"


def test_a_new_password_by_mail_makes_a_browser_known(user):
    attacked(user, addresses=3)
    browser, new = APIClient(), "a fresh and long sentence"
    body = {"token": reset_token(user), "password": new}
    assert browser.post(f"{URL}password/reset/confirm/", body).status_code == 204
    assert login(user, password=new).status_code == 429
    assert login(user, password=new, client=browser, cookies=True).status_code == 200


def test_the_admins_login_knows_devices_too(user, client):
    form = {"username": user.email, "password": PASSWORD, "next": "/admin/"}
    asked = {"headers": {"X-Real-IP": OWNERS}, "REMOTE_ADDR": ""}
    assert client.post("/admin/login/", form, **asked).status_code == 302
    kept = client.cookies[known_devices.COOKIE]
    assert kept["secure"] and kept["httponly"] and kept["samesite"] == "Strict"
    assert kept["path"] == "/" and not kept["domain"]
    client.logout()
    client.cookies[known_devices.COOKIE] = kept.value
    attacked(user, addresses=3)
    assert client.post("/admin/login/", form, **asked).status_code == 302
    del client.cookies[known_devices.COOKIE]
    client.logout()
    assert client.post("/admin/login/", form, **asked).status_code == 429


def test_a_known_device_has_the_same_limit(user):
    known = login(user).json()["device"]
    answers = [login(user, password="wrong", device=known) for _ in range(11)]
    assert {answer.status_code for answer in answers[:10]} == {401}
    assert answers[10].status_code == 429
    again = login(user).json()["device"]
    assert login(user, password="wrong", device=again).status_code == 401, "another device"


def test_a_device_keeps_its_count_from_login_to_login(user):
    known = login(user).json()["device"]
    for _ in range(9):
        known = login(user, device=known).json()["device"]
    assert login(user, device=known).status_code == 200
    assert login(user, device=known).status_code == 429


@pytest.mark.parametrize("kind", ["another's", "of another purpose", "changed", "none", "too old"])
def test_an_invalid_device_token_is_ignored(user, kind, monkeypatch):
    token = {
        "another's": known_devices.new_device_token("other@example.com"),
        "of another purpose": signing.dumps(["a", known_devices._digest(user.email)], salt="other"),
        "changed": known_devices.new_device_token(user.email)[:-1] + "~",
        "none": signing.dumps("text", salt=known_devices.SALT),
        "too old": known_devices.new_device_token(user.email),
    }[kind]
    if kind == "too old":
        monkeypatch.setattr(known_devices, "LIFETIME", known_devices.LIFETIME * 0)
    attacked(user, addresses=3)
    assert login(user, device=token).status_code == 429


def test_a_device_token_reveals_and_permits_nothing(user):
    answer = login(user)
    token = answer.json()["device"]
    assert len(token) < known_devices.MAX_LENGTH and user.email not in token
    assert known_devices.known_device(answer.wsgi_request, email=user.email.upper(), token=token)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    assert client.get(f"{URL}me/").status_code == 401
    assert login(user, password="wrong", device=token).status_code == 401
