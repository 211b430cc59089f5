"""The sessions by way of Sentinels: they follow the primary, and are away where there is none."""

from urllib.parse import quote, unquote, urlsplit

import pytest
from accounts import store_client
from accounts.sessions import store
from config.env import ConfigurationError
from config.settings import accounts as given
from factories import PASSWORD, UserFactory
from processes import free_port
from redis.sentinel import SentinelConnectionPool
from rest_framework.test import APIClient
from sentinel import sentinel

URL = "/api/v1/auth/"


@pytest.fixture
def watch(settings):
    """A Sentinel that knows the real server, after one that is away; the sessions ask them."""
    real = urlsplit(settings.AUTH_STORE_URL)
    with sentinel(primary=(real.hostname, real.port)) as running:
        hosts = f"127.0.0.1:{free_port()},127.0.0.1:{running.server_address[1]}"
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
    store()._redis.connection_pool.disconnect()  # as the end of the old primary does
    assert [me(access), login(user).status_code] == [503, 503]
    watch.primary = watch.real
    assert me(access) == 200


def test_how_it_connects():
    url = "sentinel://:p%40ss%2Fword@one:26379,two:26380/2?name=queue"
    pool = store_client.connect(url).connection_pool
    assert isinstance(pool, SentinelConnectionPool) and pool.service_name == "queue"
    asked = [each.connection_pool.connection_kwargs for each in pool.sentinel_manager.sentinels]
    assert [(each["host"], each["port"]) for each in asked] == [("one", 26379), ("two", 26380)]
    mine = pool.connection_kwargs
    assert (mine["db"], mine["password"], mine["socket_timeout"]) == (2, "p@ss/word", 1)
    assert mine["retry"]._retries == 0, "a script must not run twice"
    assert not any(each.get("password") for each in asked)


def test_one_server_is_asked_directly():
    pool = store_client.connect("redis://:secret@one:6379/2").connection_pool
    assert not isinstance(pool, SentinelConnectionPool)
    assert (pool.connection_kwargs["host"], pool.connection_kwargs["retry"]._retries) == ("one", 0)


def test_sentinels_are_configuration(monkeypatch):
    assert given._store_url(database=2).startswith("redis://")
    assert given.ENV.queue.first == 4, "the tests' own"
    monkeypatch.setenv("QUEUE_SENTINELS", "one:26379, two:26379")
    monkeypatch.setenv("QUEUE_SENTINEL_NAME", "main")
    url = given._store_url(database=2)
    assert url.startswith("sentinel://:") and url.endswith("@one:26379,two:26379/6?name=main")
    monkeypatch.setenv("QUEUE_SENTINELS", "one")
    with pytest.raises(ConfigurationError, match="QUEUE_SENTINELS must be host:port"):
        given._store_url(database=2)
