"""The quick way to read from Redis: one connection for each thread, and never another's answer."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.conf import settings

from core.redis import read
from core.redis.read import get_from_primary, mget
from processes import free_port

OPTIONS = {"socket_timeout": 1, "decode_responses": True}


@pytest.fixture
def client():
    found = redis.Redis.from_url(settings.AUTH_STORE_URL, **OPTIONS)
    found.mset({"read:one": "1", "read:two": "2"})
    yield found
    found.delete("read:one", "read:two", "read:list")


def number_of(client):
    """What the server calls this thread's connection."""
    connection, _ = read._connection(client.connection_pool)
    connection.send_command("CLIENT", "ID")
    return connection.read_response()


@pytest.mark.parametrize("read", [mget, get_from_primary])
def test_the_values_come_in_the_order_of_their_names(client, read):
    assert read(client, ["read:two", "read:none", "read:one"]) == ["2", None, "1"]


def test_a_thread_keeps_its_connection_and_shares_it_with_none(client):
    mget(client, ["read:one"])
    mine = number_of(client)
    mget(client, ["read:two"])
    assert number_of(client) == mine
    with ThreadPoolExecutor(1) as other:
        assert other.submit(mget, client, ["read:one"]).result() == ["1"]
        assert other.submit(number_of, client).result() != mine


def test_a_connection_that_the_server_has_closed_is_replaced(client):
    mget(client, ["read:one"])
    mine = number_of(client)
    assert client.client_kill_filter(_id=mine) == 1
    assert mget(client, ["read:one"]) == ["1"] and number_of(client) != mine


def test_after_an_error_no_answer_is_taken_for_another_ones(client):
    client.rpush("read:list", "x")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        get_from_primary(client, ["read:list", "read:one"])
    assert get_from_primary(client, ["read:two"]) == ["2"]


def test_a_server_that_is_away_is_an_error_of_redis():
    client = redis.Redis(port=free_port(), **OPTIONS)
    for _ in range(2):
        with pytest.raises(redis.ConnectionError):
            mget(client, ["read:one"])


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_does_not_read_on_its_parents_connection(client):
    mget(client, ["read:one"])
    mine = number_of(client)
    child = os.fork()
    if child == 0:
        os._exit(0 if number_of(client) != mine and mget(client, ["read:one"]) == ["1"] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert number_of(client) == mine and mget(client, ["read:two"]) == ["2"]


def test_many_threads_each_get_their_own_answers(client):
    names = [f"read:many:{number}" for number in range(40)]
    client.mset({name: name for name in names})
    wrong, at_once = [], threading.Barrier(8)

    def ask(name):
        at_once.wait(10)
        wrong.extend(name for _ in range(50) if mget(client, [name]) != [name])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, names))
    client.delete(*names)
    assert not wrong


def test_threads_that_come_and_go_use_nothing_up(client):
    most = client.connection_pool.max_connections = 3
    for _ in range(3 * most):
        with ThreadPoolExecutor(1) as other:
            assert other.submit(mget, client, ["read:one"]).result() == ["1"]
    assert client.get("read:one") == "1", "the client's own pool is as it was"


def test_connections_that_end_use_nothing_up(client):
    most = client.connection_pool.max_connections = 3
    for _ in range(3 * most):
        assert mget(client, ["read:one"]) == ["1"]
        client.client_kill_filter(_id=number_of(client))
