"""Two tabs that refresh together both go on; who has stolen a token is found out all the same."""

import time

import pytest
from rest_framework.test import APIClient

from accounts.auth.sessions import store
from accounts.auth.tokens import Refresh
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
def test_a_token_whose_follower_was_used_ends_the_session_at_once():
    """A thief who is a step behind is found out, also within the grace."""
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
def test_no_token_is_kept_and_what_is_kept_ends_by_itself():
    pair = login()
    fresh = refresh(pair).json()
    client = store()._redis
    name = f"successor:{Refresh(pair['refresh']).session}"
    assert 0 < client.ttl(name) <= 10
    kept = client.get(name)
    assert all(part not in kept for part in (fresh["access"], fresh["refresh"], pair["refresh"]))
    assert fresh["access"].rpartition(".")[2] not in kept, "no signature is kept"
