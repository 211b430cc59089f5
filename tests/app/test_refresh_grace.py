"""Two tabs that refresh at the same time both continue; a stolen token is still detected."""

import time

import pytest
from rest_framework.test import APIClient

from accounts.auth.sessions.store import session_store
from accounts.auth.tokens import RefreshToken
from factories import PASSWORD, UserFactory
from parallel import at_once

URL = "/api/v1/auth/"
pytestmark = pytest.mark.usefixtures("quick_passwords")
ROUNDS = 50


def login():
    given = {"email": UserFactory().email, "password": PASSWORD}
    return APIClient().post(f"{URL}login/", given).json()


def refresh(pair):
    return APIClient().post(f"{URL}refresh/", {"refresh": pair["refresh"]})


def me(pair):
    headers = {"Authorization": f"Bearer {pair['access']}"}
    return APIClient().get(f"{URL}me/", headers=headers).status_code


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_refresh_at_the_same_moment_get_the_same_pair_fifty_times():
    pair = login()
    for number in range(ROUNDS):
        one, other = at_once(*[lambda held=pair: refresh(held)] * 2)
        assert [one.status_code, other.status_code] == [200, 200], number
        assert one.json() == other.json(), "both tabs hold the current token afterwards"
        pair = one.json()
    assert me(pair) == 200


@pytest.mark.django_db(transaction=True)
def test_tabs_share_their_cookies():
    """With cookies the second answer must not put an older token into the browser."""
    browser = {"cookies": True, "email": UserFactory().email, "password": PASSWORD}
    site = {"Sec-Fetch-Site": "same-origin"}
    first = APIClient().post(f"{URL}login/", browser, headers=site)
    assert first.status_code == 200

    def tab():
        client = APIClient(headers=site)
        client.cookies["__Secure-refresh"] = first.cookies["__Secure-refresh"].value
        return client.post(f"{URL}refresh/").cookies["__Secure-refresh"].value

    one, other = at_once(tab, tab)
    assert one == other


@pytest.mark.django_db
def test_after_the_grace_the_same_token_ends_the_session(settings):
    settings.REFRESH_GRACE = 1
    pair = login()
    fresh = refresh(pair).json()
    assert refresh(pair).json() == fresh
    time.sleep(1.2)
    assert refresh(pair).status_code == 401
    assert me(fresh) == 401 and refresh(fresh).status_code == 401


@pytest.mark.django_db
def test_a_token_whose_successor_was_used_ends_the_session():
    """A replay after the next refresh is detected within the grace period as well."""
    pair = login()
    second = refresh(pair).json()
    third = refresh(second).json()
    assert refresh(pair).status_code == 401
    assert me(third) == 401 and refresh(third).status_code == 401


@pytest.mark.django_db
def test_the_grace_brings_no_ended_session_back():
    pair = login()
    fresh = refresh(pair).json()
    assert APIClient().post(f"{URL}logout/", {"refresh": fresh["refresh"]}).status_code == 204
    assert refresh(pair).status_code == 401


@pytest.mark.django_db
def test_redis_holds_no_token_and_expires_the_pair():
    pair = login()
    fresh = refresh(pair).json()
    client = session_store()._redis
    name = f"successor:{RefreshToken.decode(pair['refresh']).session_id}"
    assert 0 < client.ttl(name) <= 10
    kept = client.get(name)
    assert all(part not in kept for part in (fresh["access"], fresh["refresh"], pair["refresh"]))
    assert fresh["access"].rpartition(".")[2] not in kept, "no signature is kept"
