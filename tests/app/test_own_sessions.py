"""The current user's sessions: list them, end one."""

import pytest
from rest_framework.test import APIClient

from accounts.auth.tokens import AccessToken
from factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
URL = "/api/v1/auth/"


def logged_in(user, agent):
    client = APIClient(headers={"User-Agent": agent})
    answer = client.post(f"{URL}login/", {"email": user.email, "password": PASSWORD})
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    client.session_id = AccessToken.decode(answer.json()["access"]).session_id
    return client


def listed(client):
    return client.get(f"{URL}sessions/").json()


def test_a_user_lists_only_their_own_sessions():
    user = UserFactory()
    phone, laptop = logged_in(user, "phone" * 100), logged_in(user, "laptop")
    logged_in(UserFactory(), "stranger")
    found = {session["agent"]: session for session in listed(phone)}
    assert set(found) == {("phone" * 100)[:200], "laptop"}
    assert found["laptop"]["current"] is False and found["laptop"]["id"] == laptop.session_id
    assert [session["current"] for session in listed(laptop)].count(True) == 1
    assert found["laptop"]["began"] < found["laptop"]["ends"]
    assert phone.get(f"{URL}sessions/")["Cache-Control"] == "no-store"


def test_a_user_ends_one_session():
    user = UserFactory()
    phone, laptop = logged_in(user, "phone"), logged_in(user, "laptop")
    assert phone.delete(f"{URL}sessions/{laptop.session_id}/").status_code == 204
    assert laptop.get(f"{URL}me/").status_code == 401
    assert [session["agent"] for session in listed(phone)] == ["phone"]
    assert phone.delete(f"{URL}sessions/{laptop.session_id}/").status_code == 404


def test_a_user_cannot_end_another_users_session():
    mine, other = logged_in(UserFactory(), "mine"), logged_in(UserFactory(), "other")
    for name in (mine.session_id, "no-such-session"):
        assert other.delete(f"{URL}sessions/{name}/").status_code == 404
    assert mine.get(f"{URL}me/").status_code == 200


def test_ending_the_current_session_deletes_the_cookies():
    client = APIClient(headers={"Sec-Fetch-Site": "same-origin"})
    given = {"email": UserFactory().email, "password": PASSWORD, "cookies": True}
    client.post(f"{URL}login/", given)
    (session,) = listed(client)
    answer = client.delete(f"{URL}sessions/{session['id']}/")
    assert answer.status_code == 204 and answer.cookies["__Host-access"].value == ""


def test_an_expired_session_is_not_listed():
    user = UserFactory()
    client = logged_in(user, "one")
    logged_in(user, "two")
    assert len(listed(client)) == 2
    logged_in(user, "three").post(f"{URL}logout/")
    assert {session["agent"] for session in listed(client)} == {"one", "two"}
    client.post(f"{URL}logout/everywhere/")
    assert listed(logged_in(user, "four"))[0]["agent"] == "four"
