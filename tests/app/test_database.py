"""Limits of the service's own connections, and reading from replicas."""

import copy
import subprocess
import sys

import pytest
from django.core.cache import caches
from django.db import OperationalError, connection, connections, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path

from core.db import read_your_writes, routing
from domains.notes.models import Note
from factories import UserFactory

LOCK = "LOCK TABLE notes_note IN ACCESS EXCLUSIVE MODE"


def _read(request):
    return HttpResponse(str(Note.objects.count()))


def _write(request):
    return HttpResponse(str(UserFactory().pk))


def _read_in_a_transaction(request):
    with transaction.atomic():
        return _read(request)


urlpatterns = [
    path("read/", _read),
    path("write/", _write),
    path("both/", _read_in_a_transaction),
]


@pytest.mark.django_db
def test_nothing_waits_for_ever():
    told = {}
    with connection.cursor() as cursor:
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            told[name] = cursor.fetchone()[0]
    assert list(told.values()) == ["30s", "10s", "1min"]


@pytest.mark.django_db(transaction=True)
def test_a_wait_for_a_lock_has_a_limit():
    other = connection.copy("other")
    try:
        with transaction.atomic(), connection.cursor() as holds, other.cursor() as waits:
            holds.execute(LOCK)
            waits.execute("SET lock_timeout = '50ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                waits.execute("SELECT count(*) FROM notes_note")
    finally:
        other.close()
        other.close_pool()


def test_with_a_primary_alone_nothing_is_routed(settings):
    assert settings.DATABASE_ROUTERS == [] and settings.REPLICAS == []
    assert not [name for name in settings.MIDDLEWARE if "replica" in name]


def test_a_replica_is_configuration():
    code = "from django.conf import settings as s; d = s.DATABASES; " + (
        "print(sorted(d), d['replica2']['HOST'], d['replica2']['PORT'], s.DATABASE_ROUTERS,"
        " sum('Replica' in m for m in s.MIDDLEWARE))"
    )
    environment = {"DATABASE_REPLICAS": "one:5432, two:6432"}
    words = ["env", *(f"{k}={v}" for k, v in environment.items()), sys.executable, "-c", code]
    done = subprocess.run(words, cwd="/srv/app", capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == (
        "['default', 'replica1', 'replica2'] two 6432 ['core.db.routing.Router'] 1"
    )


both = pytest.mark.django_db(transaction=True, databases=["default", "replica1"])


@pytest.fixture
def replica(settings, db):
    """A second way to the same rows, which counts as a replica that is never behind."""
    settings.ROOT_URLCONF = __name__
    settings.REPLICAS = ["replica1"]
    settings.DATABASE_ROUTERS = ["core.db.routing.Router"]
    settings.MIDDLEWARE = ["core.db.read_your_writes.ReplicaMiddleware", *settings.MIDDLEWARE]
    routing._known.clear()
    caches["positions"].clear()
    given = connections["replica1"].settings_dict
    kept = copy.deepcopy(given)
    yield connections["replica1"]
    connections["replica1"].close()
    if given["OPTIONS"].get("pool"):
        connections["replica1"].close_pool()
    given.update(kept)


def reads(replica, client, address):
    """Whether the notes were read from the replica."""
    with CaptureQueriesContext(replica) as seen:
        assert client.get(address).status_code == 200
    return [each for each in seen.captured_queries if "notes_note" in each["sql"]] != []


def far_ahead():
    """A position that no server has reached."""
    with connection.cursor() as cursor:
        cursor.execute(routing.POSITION)
        return int(cursor.fetchone()[0]) + 2**40


@both
def test_a_client_that_wrote_nothing_reads_from_the_replica(replica):
    assert reads(replica, Client(), "/read/")


@both
def test_a_transaction_reads_where_it_writes(replica):
    assert not reads(replica, Client(), "/both/")


@both
@pytest.mark.parametrize("known_by", ["Authorization", "cookie", "nothing"])
def test_every_client_reads_its_own_writes(replica, known_by):
    headers = {"Authorization": {"Authorization": "Bearer abc.def.ghi"}}.get(known_by, {})
    mine = Client(headers=headers)
    if known_by == "cookie":
        mine.cookies["__Host-access"] = "abc.def.ghi"
    assert not reads(replica, mine, "/write/"), "the write itself goes to the primary"
    assert reads(replica, mine, "/read/"), "the replica has replayed it"
    routing._known.clear()
    stored = HttpResponse()
    request = mine.get("/read/").wsgi_request
    read_your_writes.store_position(request, stored, position=far_ahead())
    mine.cookies.update(stored.cookies)
    assert not reads(replica, mine, "/read/"), "the replica is behind"
    assert reads(replica, Client(), "/read/"), "other clients are not affected"


def test_the_position_is_the_users_own_whatever_the_token():
    tokens = ["e30.eyJzdWIiOiI3In0.one", "e30.eyJzdWIiOiI3In0.two", "e30.eyJzdWIiOiI4In0.one"]
    names = [read_your_writes._user_of(token) for token in tokens]
    assert names == ["user:7", "user:7", "user:8"]
    assert read_your_writes._user_of("no.token").startswith("token:")


@both
def test_a_forged_cookie_counts_as_none(replica, settings):
    client = Client()
    client.cookies[settings.WAL_COOKIE] = "9999999999:forged"
    assert reads(replica, client, "/read/")


@both
def test_without_redis_authenticated_clients_read_from_the_primary(replica, settings):
    given = copy.deepcopy(settings.CACHES)
    given["positions"]["LOCATION"] = "redis://127.0.0.1:1/3"
    settings.CACHES = given
    client = Client(headers={"Authorization": "Bearer abc"})
    assert client.post("/write/").status_code in (200, 403)
    assert not reads(replica, client, "/read/")


@both
def test_an_unavailable_replica_is_not_used(replica):
    replica.close()
    replica.close_pool()
    replica.settings_dict["PORT"] = 1
    replica.settings_dict["OPTIONS"].pop("pool")
    answer = Client().get("/read/")
    assert answer.status_code == 200
    assert routing._known["replica1"][0] == -1


@both
def test_outside_of_a_request_the_primary_answers(replica):
    with CaptureQueriesContext(replica) as seen:
        Note.objects.count()
    assert len(seen) == 0
