"""The pool hands out living connections, and asks none of them for a sign of life."""

import select

import pytest
from django.db import connection, connections
from psycopg_pool import ConnectionPool

from core.db.postgres import base

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(monkeypatch):
    """How often a connection was asked for a sign of life."""
    found, check = [], ConnectionPool.check_connection

    def counted(conn):
        found.append(conn)
        check(conn)

    monkeypatch.setattr(ConnectionPool, "check_connection", staticmethod(counted))
    return found


@pytest.fixture
def other():
    """A second alias with a pool of one connection, from which the first one's can be ended."""
    made = connection.copy("pooled")
    made.settings_dict["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 1, "timeout": 5}
    yield made
    made.close()
    made.close_pool()


def session(of):
    """PostgreSQL's number of the connection; it goes back to the pool."""
    with of.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (found,) = cursor.fetchone()
    of.close()
    return found


def end(number):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
        assert cursor.fetchone() == (True,)


def test_a_living_connection_is_used_again_and_not_asked(other, asked):
    first = session(other)
    assert [session(other) for _ in range(3)] == [first] * 3 and not asked


def test_one_that_the_server_has_ended_is_replaced(other, asked):
    for _ in range(3):
        ended = session(other)
        end(ended)
        assert session(other) != ended
    assert len(asked) == 3, "each end was seen at the socket, and then asked about"


def test_one_that_was_only_told_something_is_asked_and_kept(other, asked):
    with other.cursor() as cursor:
        cursor.execute("LISTEN news")
    number = session(other)
    (held,) = other.pool._pool
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY news")
    assert select.select([held], [], [], 20)[0], "it has come"
    assert session(other) == number and len(asked) == 1
    assert session(other) == number and len(asked) == 1, "what had come was read"


def test_one_that_was_closed_here_is_replaced(other):
    number = session(other)
    held = other.pool.getconn()
    other.pool.putconn(held)
    held.close()
    assert session(other) != number


def test_the_service_has_this_pool():
    mine = connections["default"]
    assert isinstance(mine, base.DatabaseWrapper) and mine.pool is connections["default"].pool
    assert mine.pool.min_size >= 1 and mine.pool._check is base.look


def test_without_a_pool_there_is_none(other):
    other.settings_dict["OPTIONS"].pop("pool")
    assert other.pool is None
