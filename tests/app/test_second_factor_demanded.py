"""APP_SECOND_FACTOR: a required second factor must be set up before anything else."""

import os
import subprocess
import sys

import pytest
from rest_framework.test import APIClient

from accounts.auth.tokens import AccessToken
from endpoints import ENDPOINTS
from endpoints.entry import prepared
from endpoints.world import World
from factories import PASSWORD, UserFactory, app_code, with_second_factor
from own_factor import HERE, URL, begin, client_of, confirm, login, state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
DEMANDED = "/problems/second-factor-demanded"
CLOSED = ("projects/", "auth/sessions/")
# The endpoints that a limited token permits.
OPEN = {"me", "logout-everywhere", "second-factor"}
OPEN |= {f"second-factor-{name}" for name in ("begin", "confirm", "recovery-codes", "off")}


@pytest.fixture
def everyone(settings):
    settings.SECOND_FACTOR = "everyone"


def limited(client):
    """Whether its tokens permit only the setup of a second factor."""
    answers = [client.get(f"/api/v1/{path}") for path in CLOSED]
    open_to = [client.get(f"{URL}{path}").status_code for path in ("me/", "second-factor/")]
    assert open_to == [200, 200]
    if {answer.status_code for answer in answers} == {200}:
        return False
    assert [answer.status_code for answer in answers] == [403] * len(CLOSED)
    assert {answer.json()["type"] for answer in answers} == {DEMANDED}
    assert {answer["Content-Type"] for answer in answers} == {"application/problem+json"}
    return True


def refresh(answer):
    return APIClient().post(f"{URL}refresh/", {"refresh": answer.json()["refresh"]})


def test_offered_requires_no_second_factor():
    assert not limited(client_of(login(UserFactory())))


def test_staff_requires_it_of_the_staff_only(settings):
    settings.SECOND_FACTOR = "staff"
    assert limited(client_of(login(UserFactory(is_staff=True))))
    assert not limited(client_of(login(UserFactory())))


def test_from_the_first_login_to_a_full_session(everyone):
    user = UserFactory()
    answer = login(user)
    assert answer.status_code == 200 and limited(client_of(answer))
    answer = refresh(answer)
    assert answer.status_code == 200 and limited(
        client_of(answer)
    ), "a refresh does not lift the limit"
    client = client_of(answer)
    assert state(client)["demanded"] and not state(client)["on"]
    changed = {"current": PASSWORD, "password": "a fresh and long sentence"}
    assert client.post(f"{URL}password/", changed).json()["type"] == DEMANDED
    assert client.post("/api/v1/projects/", {"name": "x"}).json()["type"] == DEMANDED
    answer = confirm(client, app_code(secret := begin(client)))
    assert answer.status_code == 200 and not limited(client_of(answer))
    answer = refresh(answer)
    assert not limited(client_of(answer)), "a refresh of a full session stays full"
    assert login(user).json()["type"] == "/problems/second-factor-needed"
    answer = login(user, code=app_code(secret, steps=1))
    assert not limited(client_of(answer)) and not limited(client_of(refresh(answer)))


def test_every_other_endpoint_is_forbidden(everyone):
    world, asked = World(public=False), 0
    for endpoint in ENDPOINTS:
        name = endpoint.name.removeprefix("accounts:")
        if endpoint.access["anonymous"] == 401 and name not in OPEN:
            answer = prepared(endpoint, world, endpoint.least())()
            assert answer.status_code == 403 and answer.json()["type"] == DEMANDED, endpoint
            asked += 1
    assert asked > 20 and OPEN < {each.name.removeprefix("accounts:") for each in ENDPOINTS}


def test_a_limited_user_may_log_out(everyone):
    user = UserFactory()
    first, second = login(user), login(user)
    body = {"refresh": first.json()["refresh"]}
    assert APIClient().post(f"{URL}logout/", body).status_code == 204
    assert client_of(second).post(f"{URL}logout/everywhere/").status_code == 204
    assert client_of(second).get(f"{URL}me/").status_code == 401


def test_cookies_are_limited_too(everyone):
    client = APIClient(headers={"Sec-Fetch-Site": "same-origin"})
    body = {"email": UserFactory().email, "password": PASSWORD, "cookies": True}
    assert client.post(f"{URL}login/", body).status_code == 200
    assert limited(client) and client.post(f"{URL}refresh/", {}).status_code == 200
    assert limited(client)


def test_a_session_from_before_is_limited_at_its_next_refresh(settings):
    answer = login(UserFactory())
    settings.SECOND_FACTOR = "everyone"
    assert not limited(client_of(answer)), "its access token stays valid for 15 minutes at most"
    assert limited(client_of(refresh(answer)))


def test_a_dropped_requirement_takes_effect_at_the_next_refresh(everyone, settings):
    answer = login(UserFactory())
    settings.SECOND_FACTOR = "offered"
    assert not limited(client_of(refresh(answer)))


def test_turned_off_the_account_is_limited_again(everyone, as_user):
    client = as_user(with_second_factor(UserFactory()))
    assert not limited(client)
    answer = client.post(f"{HERE}off/", {"password": PASSWORD, "code": app_code()})
    assert answer.status_code == 200 and limited(client_of(answer))


def test_public_addresses_stay_public(everyone):
    client = client_of(login(UserFactory()))
    for path in ("projects/public/",):
        assert client.get(f"/api/v1/{path}").status_code == 200


def test_the_admin_says_where_to_set_one_up(client, settings):
    staff = UserFactory(is_staff=True)
    given = {"username": staff.email, "password": PASSWORD}
    assert client.post("/admin/login/", given).status_code == 302
    for word in ("staff", "everyone"):
        settings.SECOND_FACTOR = word
        assert client.get("/admin/").status_code == 302, "an older session is refused as well"
        page = client.post("/admin/login/", given)
        assert page.status_code == 200 and "auth/second-factor/begin/" in page.content.decode()
    with_second_factor(staff)
    assert client.post("/admin/login/", {**given, "code": app_code()}).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_a_token_without_the_claim_is_not_limited():
    assert not AccessToken({"sub": "1"}).is_limited
    assert AccessToken({"only": "something that a later release has"}).is_limited


def test_an_invalid_policy_stops_the_start():
    for word, status in (("staff", 0), ("always", 1)):
        done = subprocess.run(
            [sys.executable, "-c", "import config.settings"],
            cwd="/srv/app",
            env={**os.environ, "APP_SECOND_FACTOR": word},
            capture_output=True,
            text=True,
        )
        assert done.returncode == status, done.stderr
    assert "APP_SECOND_FACTOR must be offered, staff or everyone" in done.stderr
