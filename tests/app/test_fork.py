"""What `upshift_runtime.fork` closes before a fork, against the real servers."""

import subprocess
import sys

import pytest

from processes import environment

pytestmark = pytest.mark.django_db(transaction=True)
BEGIN = """
import threading, django
django.setup()
from django.core.cache import cache
from django.db import connection, connections
from upshift_runtime import fork

def ask():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connection.close()

def opened(port):
    return sum(peer[1] == port for peer in fork.connected_peers() if isinstance(peer, tuple))
"""


def ran(program, *, succeeds=True):
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + program],
        cwd="/srv/app",
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode == 0) == succeeds, done.stderr
    return done.stdout.split(), done.stderr


def test_a_pool_is_closed_whichever_thread_opened_it_and_opens_again():
    said, _ = ran("""
thread = threading.Thread(target=ask)
thread.start()
thread.join()
before = opened(5432)
fork.close_connections()
fork.demand_closed()
after = opened(5432)
ask()
print(before, after, opened(5432))
""")
    assert int(said[0]) >= 1 and said[1] == "0" and int(said[2]) >= 1


def test_a_child_has_connections_of_its_own():
    said, _ = ran("""
import os
ask()
fork.close_connections()
fork.demand_closed()
def session():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]
for _ in range(3):
    if os.fork() == 0:
        print(session(), flush=True)
        os._exit(0)
    os.wait()
""")
    assert len(set(said)) == 3, "three sessions of the server"


def test_a_connection_that_django_does_not_know_stops_the_start_and_is_named():
    _, error = ran(
        """
import psycopg
params = connection.get_connection_params()
names = ("host", "port", "dbname", "user", "password")
kept = psycopg.connect(**{name: params[name] for name in names})
fork.close_connections()
fork.demand_closed()
""",
        succeeds=False,
    )
    assert "OpenConnection" in error and ":5432)" in error and "service.preload: false" in error


def test_celerys_connections_are_closed_and_can_be_made_again():
    said, _ = ran("""
from config.celery import app
def send():
    with app.connection_for_write() as broker, app.pool.acquire(block=True) as pooled:
        pooled.default_channel.client.ping()
send()
before = opened(6379)
fork.close_connections()
after = opened(6379)
send()
print(before, after, opened(6379))
""")
    assert int(said[0]) >= 1 and said[1] == "0" and int(said[2]) >= 1


def test_a_cache_is_made_anew_and_keeps_what_is_in_its_server():
    said, _ = ran("""
cache.set("fork:canary", "kept")
fork.close_connections()
print(cache.get("fork:canary"))
""")
    assert said == ["kept"]
