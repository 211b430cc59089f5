"""Clients of Redis: reads from the primary, and what happens to their connections."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.conf import settings

from core.redis.client import OPTIONS, connect, redis_client
from core.redis.replication import read_from_primary
from processes import free_port


@pytest.fixture
def client():
    found = redis_client("durable")
    found.mset({"read:one": "1", "read:two": "2"})
    yield found
    found.delete("read:one", "read:two", "read:list")


def test_there_is_one_client_for_each_use_and_each_waits_for_a_bounded_time():
    for use, options in OPTIONS.items():
        assert redis_client(use) is redis_client(use)
        given = redis_client(use).connection_pool.connection_kwargs
        assert 0 < given["socket_timeout"] <= 2 and 0 < given["socket_connect_timeout"] <= 2
        assert given | options == given


def test_the_values_come_in_the_order_of_their_keys(client):
    assert read_from_primary(client, ["read:two", "read:none", "read:one"]) == ["2", None, "1"]


def test_a_connection_that_the_server_has_closed_is_replaced(client):
    assert read_from_primary(client, ["read:one"]) == ["1"]
    admin = redis.Redis.from_url(settings.AUTH_STORE_URL)
    for each in admin.client_list():
        if each["id"] != str(admin.client_id()) and each["cmd"].startswith(("getex", "mset")):
            admin.client_kill_filter(_id=each["id"])
    admin.close()
    assert read_from_primary(client, ["read:one"]) == ["1"]


def test_after_an_error_no_answer_is_taken_for_another_ones(client):
    client.rpush("read:list", "x")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        read_from_primary(client, ["read:list", "read:one"])
    assert read_from_primary(client, ["read:two"]) == ["2"]


def test_a_server_that_is_unavailable_is_an_error_of_redis():
    client = connect(f"redis://127.0.0.1:{free_port()}/0", use="durable")
    for _ in range(2):
        with pytest.raises(redis.ConnectionError):
            read_from_primary(client, ["read:one"])


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_does_not_read_on_its_parents_connection(client):
    mine = client.client_id()
    child = os.fork()
    if child == 0:
        same = client.client_id() == mine
        os._exit(0 if not same and read_from_primary(client, ["read:one"]) == ["1"] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert client.client_id() == mine and read_from_primary(client, ["read:two"]) == ["2"]


def test_many_threads_each_get_their_own_answers(client):
    names = [f"read:many:{number}" for number in range(40)]
    client.mset({name: name for name in names})
    wrong, at_once = [], threading.Barrier(8)

    def ask(name):
        at_once.wait(10)
        wrong.extend(name for _ in range(50) if read_from_primary(client, [name]) != [name])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, names))
    client.delete(*names)
    assert not wrong
