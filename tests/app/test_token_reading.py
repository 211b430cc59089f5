"""A token's signature is verified once; expiry and session are checked at each request."""

import secrets
import time

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import TimeoutError
from redis.retry import Retry
from rest_framework.exceptions import AuthenticationFailed

from accounts.auth import authentication, tokens
from accounts.auth.login.services import open_session
from core.redis.replication import read_from_primary
from factories import UserFactory
from processes import Relay

pytestmark = pytest.mark.django_db


@pytest.fixture
def raw():
    authentication.decode_cached.cache_clear()
    return open_session(UserFactory()).access


def test_a_cached_token_is_not_verified_again(raw, monkeypatch):
    first = authentication.verify_access_token(raw)
    later = int(time.time()) + 300
    monkeypatch.setattr(tokens, "now", lambda: later)
    again = authentication.verify_access_token(raw)
    assert again.claims == first.claims and again.jti == first.jti
    assert authentication.decode_cached.cache_info().hits == 1
    assert 595 <= again.seconds_left <= 600


def test_a_cached_token_expires(raw, monkeypatch):
    authentication.verify_access_token(raw)
    later = int(time.time()) + 901
    monkeypatch.setattr(tokens, "now", lambda: later)
    with pytest.raises(AuthenticationFailed):
        authentication.verify_access_token(raw)


def test_a_cached_token_of_an_ended_session_is_refused(raw):
    token = authentication.verify_access_token(raw)
    authentication.session_store().end_all(user_id=token.user_id)
    with pytest.raises(AuthenticationFailed):
        authentication.verify_access_token(raw)


def test_a_cached_token_ends_with_its_key(raw, settings):
    authentication.verify_access_token(raw)
    settings.JWT_KEYS = (secrets.token_urlsafe(48), *settings.JWT_KEYS)
    assert authentication.verify_access_token(raw)
    settings.JWT_KEYS = (secrets.token_urlsafe(48),)
    with pytest.raises(AuthenticationFailed):
        authentication.verify_access_token(raw)


def test_invalid_tokens_are_not_cached(raw):
    for wrong in (raw + "x", raw[:-4] + "AAAA", "a.b.c"):
        with pytest.raises(AuthenticationFailed):
            authentication.verify_access_token(wrong)
    assert authentication.decode_cached.cache_info().currsize == 0


def test_a_late_answer_is_never_taken_for_another_ones(settings):
    url = settings.CACHES["default"]["LOCATION"]
    there = Redis.from_url(url)
    given = there.connection_pool.connection_kwargs
    password = given["password"]
    there.mset({"late:1": "one", "late:2": "two"})
    relay = Relay(host=given["host"], port=given["port"])
    client = Redis(
        port=relay.port,
        db=given["db"],
        password=password,
        socket_timeout=0.3,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        assert read_from_primary(client, ["late:1"]) == [b"one"]
        relay.freeze()
        with pytest.raises(TimeoutError):
            read_from_primary(client, ["late:1"])
        relay.thaw()
        assert read_from_primary(client, ["late:2", "late:none"]) == [b"two", None]
    finally:
        client.close()
        there.close()
        relay.close()
