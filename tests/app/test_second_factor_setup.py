"""The setup of a second factor: begin, confirm, renew the recovery codes, turn off."""

import re
from mailbox import Post
from urllib.parse import parse_qs, urlsplit

import pytest
from rest_framework.test import APIClient

from accounts.email import tokens
from accounts.mfa.codes import digest
from accounts.models import SecondFactor
from factories import PASSWORD, RECOVERY, UserFactory, app_code, with_second_factor
from own_factor import HERE, OFF, URL, begin, client_of, confirm, login, state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def mine(user, as_user):
    return as_user(user)


def test_it_is_set_up_in_two_steps_and_all_other_sessions_end(user, mine, as_user):
    other, yours, post = as_user(user), as_user(UserFactory()), Post()
    assert state(mine) == OFF
    secret = begin(mine)
    assert state(mine) == OFF and login(user).status_code == 200, "it is not on yet"
    answer = confirm(mine, app_code(secret))
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    assert [each.get(HERE).status_code for each in (mine, other, yours)] == [401, 401, 200]
    found = state(client_of(answer))
    assert found["on"] and found["since"] and found["recovery_codes_left"] == 10
    assert login(user).status_code == 401
    assert login(user, code=answer.json()["recovery_codes"][3]).status_code == 200
    assert [each.subject for each in post.deliver()] == [
        "Your account has a second factor now",
        "A recovery code was used",
    ]


def test_the_provisioning_uri(user, mine):
    body = mine.post(f"{HERE}begin/", {"password": PASSWORD}).json()
    assert re.fullmatch("[A-Z2-7]{32}", body["secret"]), "160 bits"
    place = urlsplit(body["uri"])
    assert (place.scheme, place.netloc) == ("otpauth", "totp") and "%40" in place.path
    asked = parse_qs(place.query)
    assert asked["secret"] == [body["secret"]] and asked["issuer"] == ["Upshift service"]


def test_recovery_codes_have_120_bits_and_only_hashes_are_kept(mine):
    found = confirm(mine, app_code(begin(mine))).json()["recovery_codes"]
    assert len(set(found)) == 10
    assert all(re.fullmatch("([A-Z2-7]{4}-){5}[A-Z2-7]{4}", code) for code in found)
    kept = SecondFactor.objects.get()
    assert kept.recovery == [digest(code) for code in found]
    assert all(re.fullmatch("[0-9a-f]{64}", each) for each in kept.recovery)


def test_the_secret_is_encrypted(mine):
    secret = begin(mine)
    kept = SecondFactor.objects.get().secret
    assert len(kept) > 100 and secret not in kept


def test_new_recovery_codes_replace_the_old(user, as_user):
    mine, post = as_user(with_second_factor(user)), Post()
    answer = mine.post(f"{HERE}recovery-codes/", {"password": PASSWORD, "code": RECOVERY})
    fresh = answer.json()["recovery_codes"]
    assert answer.status_code == 200 and len(fresh) == 10
    assert [login(user, code=code).status_code for code in (RECOVERY, fresh[0])] == [401, 200]
    assert state(mine)["recovery_codes_left"] == 9, "the session continues"
    assert post.deliver()[0].subject == "Your account has new recovery codes"


def test_turned_off_the_password_is_enough_and_all_other_sessions_end(user, as_user):
    mine, other = as_user(with_second_factor(user)), as_user(user)
    post, both = Post(), {"password": PASSWORD, "code": app_code()}
    answer = mine.post(f"{HERE}off/", both)
    assert answer.status_code == 200
    assert [each.get(HERE).status_code for each in (mine, other)] == [401, 401]
    assert state(client_of(answer)) == OFF and not SecondFactor.objects.exists()
    assert login(user).status_code == 200
    assert [each.subject for each in post.deliver()] == [
        "The second factor of your account was turned off"
    ]


def test_a_lost_app_is_replaced_with_a_recovery_code(user):
    with_second_factor(user, recovery=(RECOVERY, "GGGG-HHHH-IIII-JJJJ-KKKK-LLLL"))
    client = client_of(login(user, code=RECOVERY))
    both = {"password": PASSWORD, "code": "GGGG-HHHH-IIII-JJJJ-KKKK-LLLL"}
    client = client_of(client.post(f"{HERE}off/", both))
    secret = begin(client)
    assert confirm(client, app_code(secret)).status_code == 200
    assert login(user, code=app_code(secret, steps=1)).status_code == 200


def test_a_browser_gets_its_new_pair_in_cookies(user):
    client = APIClient(headers={"Sec-Fetch-Site": "same-origin"})
    client.post(f"{URL}login/", {"email": user.email, "password": PASSWORD, "cookies": True})
    answer = confirm(client, app_code(begin(client)))
    assert set(answer.json()) == {"token_type", "expires_in", "recovery_codes"}
    assert state(client)["on"]


def test_without_mail_the_setup_still_works(user, mine, settings):
    settings.SENDS_MAIL, post = False, Post()
    answer = confirm(mine, app_code(begin(mine)))
    assert login(user, code=answer.json()["recovery_codes"][0]).status_code == 200
    assert post.asked == []


def test_a_forgotten_password_leaves_the_second_factor_on(user, as_user):
    mine, new = as_user(with_second_factor(user)), "a fresh and long sentence"
    body = {"token": tokens.reset_token(user), "password": new}
    assert APIClient().post(f"{URL}password/reset/confirm/", body).status_code == 204
    assert mine.get(HERE).status_code == 401, "and every session has ended"
    given = {"email": user.email, "password": new}
    assert APIClient().post(f"{URL}login/", given).status_code == 401
    assert APIClient().post(f"{URL}login/", {**given, "code": app_code()}).status_code == 200
