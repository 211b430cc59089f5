"""The list of one's own sessions, and the end of one."""

import pytest
from rest_framework.test import APIClient

from accounts.auth.tokens import Access
from factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
URL = "/api/v1/auth/"


def logged_in(user, agent):
    client = APIClient(headers={"User-Agent": agent})
    answer = client.post(f"{URL}login/", {"email": user.email, "password": PASSWORD})
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    client.session_id = Access(answer.json()["access"]).session
    return client


def listed(client):
    return client.get(f"{URL}sessions/").json()


def test_i_see_my_sessions_and_no_others():
    user = UserFactory()
    phone, laptop = logged_in(user, "phone" * 100), logged_in(user, "laptop")
    logged_in(UserFactory(), "stranger")
    found = {session["agent"]: session for session in listed(phone)}
    assert set(found) == {("phone" * 100)[:200], "laptop"}
    assert found["laptop"]["current"] is False and found["laptop"]["id"] == laptop.session_id
    assert [session["current"] for session in listed(laptop)].count(True) == 1
    assert found["laptop"]["began"] < found["laptop"]["ends"]
    assert phone.get(f"{URL}sessions/")["Cache-Control"] == "no-store"


def test_i_end_one_of_mine():
    user = UserFactory()
    phone, laptop = logged_in(user, "phone"), logged_in(user, "laptop")
    assert phone.delete(f"{URL}sessions/{laptop.session_id}/").status_code == 204
    assert laptop.get(f"{URL}me/").status_code == 401
    assert [session["agent"] for session in listed(phone)] == ["phone"]
    assert phone.delete(f"{URL}sessions/{laptop.session_id}/").status_code == 404


def test_nobody_ends_one_of_mine():
    mine, other = logged_in(UserFactory(), "mine"), logged_in(UserFactory(), "other")
    for name in (mine.session_id, "no-such-session"):
        assert other.delete(f"{URL}sessions/{name}/").status_code == 404
    assert mine.get(f"{URL}me/").status_code == 200


def test_the_end_of_the_one_in_use_takes_the_cookies_back():
    client = APIClient(headers={"Sec-Fetch-Site": "same-origin"})
    given = {"email": UserFactory().email, "password": PASSWORD, "cookies": True}
    client.post(f"{URL}login/", given)
    (session,) = listed(client)
    answer = client.delete(f"{URL}sessions/{session['id']}/")
    assert answer.status_code == 204 and answer.cookies["__Host-access"].value == ""


def test_sessions_end_in_the_list_as_they_do_at_the_door():
    user = UserFactory()
    client = logged_in(user, "one")
    logged_in(user, "two")
    assert len(listed(client)) == 2
    logged_in(user, "three").post(f"{URL}logout/")
    assert {session["agent"] for session in listed(client)} == {"one", "two"}
    client.post(f"{URL}logout/everywhere/")
    assert listed(logged_in(user, "four"))[0]["agent"] == "four"
