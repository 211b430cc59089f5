"""The token cookies of web clients: no script can read them, no other site can use them."""

import pytest
from rest_framework.test import APIClient

from factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/auth/"
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def user():
    return UserFactory()


def given(user, **more):
    return {"email": user.email, "password": PASSWORD, **more}


@pytest.fixture
def pair(api, user):
    answer = api.post(f"{URL}login/", given(user))
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def browser(user):
    """A client with the cookies of a login."""
    client = APIClient(headers=OURS)
    assert client.post(f"{URL}login/", given(user, cookies=True)).status_code == 200
    return client


def me(client, access=None):
    headers = {"Authorization": f"Bearer {access}"} if access else {}
    return client.get(f"{URL}me/", headers=headers).status_code


def test_cookies_are_httponly_and_strict(user):
    client = APIClient(headers=OURS)
    answer = client.post(f"{URL}login/", given(user, cookies=True))
    assert set(answer.json()) == {"token_type", "expires_in"}
    access, refresh = answer.cookies["__Host-access"], answer.cookies["__Secure-refresh"]
    for cookie in (access, refresh):
        assert cookie["httponly"] and cookie["secure"] and cookie["samesite"] == "Strict"
        assert not cookie["domain"]
    assert (access["path"], access["max-age"]) == ("/", 900)
    assert (refresh["path"], refresh["max-age"]) == ("/api/v1/auth/", 7 * 86400)


def test_cookies_log_in_refresh_and_log_out(browser):
    assert me(browser) == 200
    before = browser.cookies["__Secure-refresh"].value
    answer = browser.post(f"{URL}refresh/")
    assert answer.status_code == 200 and "refresh" not in answer.json()
    assert browser.cookies["__Secure-refresh"].value != before and me(browser) == 200
    access = browser.cookies["__Host-access"].value
    answer = browser.post(f"{URL}logout/")
    assert answer.status_code == 204
    assert answer.cookies["__Host-access"].value == "" and answer.cookies["__Host-access"]["secure"]
    assert answer.cookies["__Secure-refresh"]["path"] == "/api/v1/auth/"
    assert me(APIClient(), access) == 401


FOREIGN = [
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://testserver"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ["login", "refresh", "logout", "logout/everywhere"])
def test_another_site_cannot_use_the_cookies(browser, user, headers, path):
    browser.defaults.clear()
    body = given(user, cookies=True) if path == "login" else {}
    answer = browser.post(f"{URL}{path}/", body, headers=headers, secure=True)
    assert answer.status_code == 403 and not answer.cookies
    assert me(browser) == 200, "the session must still be there"


OWN = [OURS, {"Sec-Fetch-Site": "none"}, {"Origin": "https://testserver"}]


@pytest.mark.parametrize("headers", [*OWN, {"Origin": "https://front.example"}])
def test_same_origin_requests_are_accepted(browser, settings, headers):
    settings.CSRF_TRUSTED_ORIGINS = ["https://front.example"]
    browser.defaults.clear()
    answer = browser.post(f"{URL}logout/everywhere/", headers=headers, secure=True)
    assert answer.status_code == 204


def test_a_header_takes_precedence_over_a_cookie(browser, pair):
    browser.defaults.clear()
    for value in ("Bearer nonsense", "Basic YTpi", "Bearer "):
        assert browser.get(f"{URL}me/", headers={"Authorization": value}).status_code == 401
    bearer = {"Authorization": f"Bearer {pair['access']}", "Sec-Fetch-Site": "cross-site"}
    assert browser.post(f"{URL}logout/everywhere/", headers=bearer).status_code == 204
