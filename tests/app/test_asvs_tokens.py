"""Promises of docs/asvs.md about tokens (V9)."""

import base64
import json
import time

import jwt
import pytest
from rest_framework.test import APIClient

from accounts.auth.tokens import key_id
from accounts.auth.tokens import AccessToken, RefreshToken
from factories import UserFactory

pytestmark = pytest.mark.django_db
ME = "/api/v1/auth/me/"


def status_of(raw):
    return APIClient().get(ME, headers={"Authorization": f"Bearer {raw}"}).status_code


@pytest.fixture
def good(as_user):
    """A valid token."""
    client = as_user(UserFactory())
    raw = client._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    assert status_of(raw) == 200
    return raw


def claims_of(raw):
    return jwt.decode(raw, options={"verify_signature": False})


def signed(claims, settings, *, algorithm="HS256", key=None, **header):
    own = settings.JWT_KEYS[0]
    header.setdefault("kid", key_id(own))
    return jwt.encode(claims, key or own, algorithm=algorithm, headers=header)


def encoded(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def test_a_token_with_our_signature_is_accepted(good, settings):
    assert status_of(signed(claims_of(good), settings)) == 200


def test_altered_claims_are_refused(good):
    """9.1.1"""
    head, _, tail = good.split(".")
    claims = {**claims_of(good), "staff": True}
    assert status_of(f"{head}.{encoded(claims)}.{tail}") == 401
    assert status_of(f"{good[:-4]}AAAA") == 401


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused_even_with_our_key(good, settings, algorithm):
    """9.1.2"""
    assert status_of(signed(claims_of(good), settings, algorithm=algorithm)) == 401


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
def test_a_token_without_a_signature_is_refused(good, settings, algorithm):
    """9.1.2"""
    head = {"alg": algorithm, "typ": "JWT", "kid": key_id(settings.JWT_KEYS[0])}
    assert status_of(f"{encoded(head)}.{encoded(claims_of(good))}.") == 401


def test_a_token_that_brings_its_own_key_is_refused(good, settings):
    """9.1.3"""
    other = "a-key-that-nobody-here-has-ever-heard-of-before"
    jwk = {"kty": "oct", "k": base64.urlsafe_b64encode(other.encode()).decode().rstrip("=")}
    brought = {"jwk": jwk, "jku": "https://evil.example/keys", "x5u": "https://evil.example/x"}
    assert status_of(signed(claims_of(good), settings, key=other, **brought)) == 401
    assert status_of(signed(claims_of(good), settings, key=other, kid=key_id(other))) == 401


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -1), ("nbf", 60)])
def test_a_token_is_valid_within_its_lifetime(good, settings, claim, seconds):
    """9.2.1"""
    claims = {**claims_of(good), claim: int(time.time()) + seconds}
    assert status_of(signed(claims, settings)) == 401


def test_a_token_of_another_type_is_refused(good, settings, api):
    """9.2.2"""
    claims = claims_of(good)
    assert (claims["type"], AccessToken.type, RefreshToken.type) == (
        "access",
        "access",
        "refresh",
    )
    assert status_of(signed({**claims, "type": "refresh"}, settings)) == 401
    assert api.post("/api/v1/auth/refresh/", {"refresh": good}).status_code == 401


@pytest.mark.parametrize("audience", ["another-api", None, ["another-api"]])
def test_a_token_for_another_service_is_refused(good, settings, audience):
    """9.2.3 and 9.2.4"""
    claims = {**claims_of(good), "aud": audience}
    if audience is None:
        del claims["aud"]
    assert status_of(signed(claims, settings)) == 401


def test_a_token_of_another_issuer_is_refused(good, settings):
    assert status_of(signed({**claims_of(good), "iss": "somebody"}, settings)) == 401
