"""A token's signature is checked once; all that can change is asked at each request."""

import secrets
from datetime import timedelta

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import TimeoutError
from redis.retry import Retry
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.utils import aware_utcnow

from accounts.auth import authentication
from accounts.auth.services import open_session
from core.redis.replication import read_from_primary
from factories import UserFactory
from processes import Relay

pytestmark = pytest.mark.django_db


@pytest.fixture
def raw():
    authentication.verified.cache_clear()
    return open_session(UserFactory()).access


def test_a_known_token_is_not_verified_again_and_tells_its_age_now(raw, monkeypatch):
    first = authentication.read_access(raw)
    later = aware_utcnow() + timedelta(minutes=5)
    monkeypatch.setattr(authentication, "aware_utcnow", lambda: later)
    again = authentication.read_access(raw)
    assert again.payload == first.payload and again.jti == first.jti
    assert authentication.verified.cache_info().hits == 1
    assert 595 <= again.seconds_left <= 600 < first.seconds_left


def test_a_known_token_that_is_too_old_is_refused(raw, monkeypatch):
    authentication.read_access(raw)
    later = aware_utcnow() + timedelta(minutes=15, seconds=1)
    monkeypatch.setattr(authentication, "aware_utcnow", lambda: later)
    with pytest.raises(AuthenticationFailed):
        authentication.read_access(raw)


def test_a_known_token_of_an_ended_session_is_refused(raw):
    token = authentication.read_access(raw)
    authentication.store().end_all(user=token.user_id)
    with pytest.raises(AuthenticationFailed):
        authentication.read_access(raw)


def test_a_known_token_ends_with_its_key(raw, settings):
    authentication.read_access(raw)
    settings.JWT_KEYS = (secrets.token_urlsafe(48), *settings.JWT_KEYS)
    assert authentication.read_access(raw)
    settings.JWT_KEYS = (secrets.token_urlsafe(48),)
    with pytest.raises(AuthenticationFailed):
        authentication.read_access(raw)


def test_what_is_no_token_of_ours_is_not_kept(raw):
    for wrong in (raw + "x", raw[:-4] + "AAAA", "a.b.c"):
        with pytest.raises(AuthenticationFailed):
            authentication.read_access(wrong)
    assert authentication.verified.cache_info().currsize == 0


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
