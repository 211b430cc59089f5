"""Signing keys are rotated without logging users out."""

import secrets

import jwt
import pytest
from rest_framework.test import APIClient

from accounts.auth.tokens import AccessToken, key_id
from factories import PASSWORD, UserFactory
from parallel import at_once

pytestmark = pytest.mark.usefixtures("quick_passwords")
URL = "/api/v1/auth/"


def login():
    given = {"email": UserFactory().email, "password": PASSWORD}
    answer = APIClient().post(f"{URL}login/", given)
    assert answer.status_code == 200
    return answer.json()


def me(access):
    return APIClient().get(f"{URL}me/", headers={"Authorization": f"Bearer {access}"}).status_code


def refresh(token):
    return APIClient().post(f"{URL}refresh/", {"refresh": token})


@pytest.mark.django_db
def test_an_old_key_verifies_until_it_is_removed(settings):
    old, new = settings.JWT_KEYS[0], secrets.token_urlsafe(48)
    pair = login()
    settings.JWT_KEYS = (new, old)
    assert me(pair["access"]) == 200, "a token of the old key stays valid"
    fresh = refresh(pair["refresh"]).json()
    kids = [jwt.get_unverified_header(one["access"])["kid"] for one in (pair, fresh)]
    assert kids == [key_id(old), key_id(new)]
    settings.JWT_KEYS = (new,)
    assert [me(pair["access"]), me(fresh["access"])] == [401, 200]
    assert refresh(pair["refresh"]).status_code == 401, "and it ends no session"
    assert me(fresh["access"]) == 200 and refresh(fresh["refresh"]).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"kid": "unknown"}, {"kid": ""}])
def test_a_token_must_name_a_known_key(settings, headers):
    pair = login()
    claims = jwt.decode(pair["access"], options={"verify_signature": False})
    key = settings.JWT_KEYS[0]
    good = jwt.encode(claims, key, algorithm="HS256", headers={"kid": key_id(key)})
    assert me(good) == 200
    assert me(jwt.encode(claims, key, algorithm="HS256", headers=headers)) == 401


@pytest.mark.django_db
def test_a_token_signed_with_another_known_key_than_it_names_is_refused(settings):
    first, second = settings.JWT_KEYS[0], secrets.token_urlsafe(48)
    settings.JWT_KEYS = (first, second)
    claims = jwt.decode(login()["access"], options={"verify_signature": False})
    assert me(jwt.encode(claims, second, algorithm="HS256", headers={"kid": key_id(second)})) == 200
    assert me(jwt.encode(claims, second, algorithm="HS256", headers={"kid": key_id(first)})) == 401


@pytest.mark.django_db
@pytest.mark.parametrize("claim", ["exp", "iat", "jti", "sub", "sid", "type", "aud", "iss"])
def test_a_token_without_one_of_its_claims_is_refused(settings, claim):
    claims = jwt.decode(login()["access"], options={"verify_signature": False})
    assert claims.pop(claim)
    key = settings.JWT_KEYS[0]
    assert me(jwt.encode(claims, key, algorithm="HS256", headers={"kid": key_id(key)})) == 401


@pytest.mark.django_db(transaction=True)
def test_of_fifty_refreshes_at_once_exactly_one_succeeds(settings):
    settings.REFRESH_GRACE = 0
    pair = login()
    answers = at_once(*[lambda: refresh(pair["refresh"]) for _ in range(50)])
    statuses = [getattr(answer, "status_code", answer) for answer in answers]
    assert statuses.count(200) == 1 and statuses.count(401) == 49, statuses
    winner = answers[statuses.index(200)].json()
    assert me(winner["access"]) == 401, "49 replays have ended the session"
    assert refresh(winner["refresh"]).status_code == 401
    assert (
        AccessToken.decode(winner["access"]).session_id
        == AccessToken.decode(pair["access"]).session_id
    )
