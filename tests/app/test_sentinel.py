"""The sessions by way of Sentinels: they follow the primary, and are away where there is none."""

from dataclasses import replace
from urllib.parse import quote, unquote, urlsplit

import pytest
from django.core.cache import cache, caches
from redis.sentinel import SentinelConnectionPool
from rest_framework.test import APIClient

from accounts.auth.sessions.store import SessionStore, session_store
from config.environment import Environment
from config.environment.source import ConfigurationError
from config.settings.cache import at
from core.redis.client import connect, redis_client
from factories import PASSWORD, UserFactory
from fleet import leave
from processes import free_port
from sentinel import sentinel

URL = "/api/v1/auth/"


@pytest.fixture
def watch(settings):
    """A Sentinel that knows the real server, after one that is away; the sessions ask them."""
    real = urlsplit(settings.AUTH_STORE_URL)
    with sentinel(primary=(real.hostname, real.port)) as running:
        hosts = f"127.0.0.1:{free_port()}+127.0.0.1:{running.server_address[1]}"
        secret = quote(unquote(real.password), safe="")
        settings.AUTH_STORE_URL = f"sentinel://:{secret}@{hosts}{real.path}?name=queue"
        running.real = running.primary
        yield running


def login(user):
    return APIClient().post(f"{URL}login/", {"email": user.email, "password": PASSWORD})


def me(access):
    return APIClient().get(f"{URL}me/", headers={"Authorization": f"Bearer {access}"}).status_code


@pytest.mark.django_db
def test_sessions_are_kept_where_the_sentinels_say(watch):
    answer = login(UserFactory())
    assert answer.status_code == 200, answer.content
    assert me(answer.json()["access"]) == 200
    assert any(heard.startswith("SENTINEL MASTERS") for heard in watch.heard)


@pytest.mark.django_db
def test_while_there_is_no_primary_nobody_is_let_in_and_then_it_goes_on(watch):
    user = UserFactory()
    access = login(user).json()["access"]
    watch.primary = ("127.0.0.1", free_port())  # nobody listens there
    session_store()._redis.connection_pool.disconnect()  # as the end of the old primary does
    assert [me(access), login(user).status_code] == [503, 503]
    watch.primary = watch.real
    assert me(access) == 200


def test_the_cache_follows_sentinels_of_its_own(settings):
    real = settings.ENV.cache
    with sentinel(primary=(real.host, real.port), name="cache") as running:
        watching = (f"127.0.0.1:{running.server_address[1]}",)
        place = replace(real, host="nowhere.invalid", sentinels=watching, name="cache")
        mine = {
            name: settings.CACHES[name] | at(place, database=0) for name in ("default", "limits")
        }
        settings.CACHES = settings.CACHES | mine
        cache.set("followed:1", "a value")
        assert cache.get("followed:1") == "a value"
        assert redis_client("cache").exists(cache.make_key("followed:1")) == 1
        assert [caches["limits"].add("mine", 1, 60) for _ in range(2)] == [True, False]
        heard = [words for words in running.heard if words.startswith("SENTINEL MASTERS")]
        assert len(heard) >= 3, "each of the three clients asked"
        for client in (redis_client("cache"), *(caches[name]._cache.get_client() for name in mine)):
            leave(client)


def test_how_it_connects():
    url = "sentinel://:p%40ss%2Fword@one:26379+two:26380/2?name=queue&secret=their+s"
    client = SessionStore(url)._redis
    pool = client.connection_pool
    assert isinstance(pool, SentinelConnectionPool) and pool.service_name == "queue"
    asked = [each.connection_pool.connection_kwargs for each in pool.sentinel_manager.sentinels]
    assert [(each["host"], each["port"]) for each in asked] == [("one", 26379), ("two", 26380)]
    mine = pool.connection_kwargs
    assert (mine["db"], mine["password"], mine["socket_timeout"]) == (2, "p@ss/word", 1)
    assert mine["retry"]._retries == 0, "a script must not run twice"
    for each in asked:
        assert (each["password"], each["socket_timeout"]) == ("their s", 1)
        assert each["retry"]._retries == 0, "one that is away must not hold up the next"


def test_one_server_is_asked_directly():
    pool = connect("redis://:secret@one:6379/2", use="durable").connection_pool
    assert not isinstance(pool, SentinelConnectionPool)
    assert (pool.connection_kwargs["host"], pool.connection_kwargs["retry"]._retries) == ("one", 0)


def test_sentinels_are_configuration(monkeypatch):
    one = Environment().queue
    assert one.url(database=2) == one.celery_url(database=2) and not one.celery_options()
    assert one.url(database=2).startswith("redis://") and one.first == 4, "the tests' own"
    monkeypatch.delenv("QUEUE_HOST")
    monkeypatch.setenv("QUEUE_PASSWORD", "p@ss")
    monkeypatch.setenv("QUEUE_SENTINELS", "one:26379, two:26380")
    monkeypatch.setenv("QUEUE_SENTINEL_NAME", "main")
    monkeypatch.setenv("QUEUE_SENTINEL_PASSWORD", "their s")
    found = Environment().queue
    words = "name=main&secret=their+s"
    assert found.url(database=2) == f"sentinel://:p%40ss@one:26379+two:26380/6?{words}"
    every = "sentinel://:p%40ss@one:26379/6;sentinel://:p%40ss@two:26380/6"
    assert found.celery_url(database=2) == every
    told = found.celery_options()
    assert (told["master_name"], told["sentinel_kwargs"]["password"]) == ("main", "their s")
    assert "p@ss" not in repr(found) and "their" not in repr(found)
    monkeypatch.setenv("QUEUE_SENTINELS", "one")
    with pytest.raises(ConfigurationError, match="QUEUE_SENTINELS must be host:port"):
        Environment().queue
