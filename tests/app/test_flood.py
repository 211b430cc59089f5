"""Where nothing is evicted, no anonymous client leaves anything that grows: flooded, counted."""

import re
import secrets
import tracemalloc
from contextlib import suppress

import pytest
from django.conf import settings as configured
from django.core.cache import caches
from django.db import connections
from redis import Redis
from rest_framework.test import APIClient

from accounts.auth.rate_limits.counters import CountersCache
from accounts.auth.sessions import store
from accounts.auth.sessions.store import session_store
from core.db import routing
from endpoints import ENDPOINTS
from endpoints.entry import prepared
from endpoints.world import World
from factories import ProjectFactory, UserFactory

pytestmark = [
    pytest.mark.usefixtures("quick_passwords"),
    pytest.mark.django_db(transaction=True, databases=["default", "replica1"]),
]
# The mails that were asked for: messages of a queue, whose length is bounded (test_outbox_celery).
EXPECTED = re.compile(rb"^(default|bulk|critical)$")


class NeedsAccount(Exception):
    """The request cannot be made without a session, which a stranger has not."""


class Strangers(World):
    """Nobody is logged in, and everybody brings a token and a session that they have made up."""

    def pair(self, caller):
        raise NeedsAccount

    def client(self, caller):
        made_up = ".".join(secrets.token_urlsafe(20) for _ in range(3))
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {made_up}")
        client.cookies["__Host-access"] = client.cookies["__Secure-refresh"] = made_up
        client.cookies["__Host-admin"] = secrets.token_urlsafe(24)
        return client


@pytest.fixture
def with_a_replica(settings):
    settings.REPLICAS = ["replica1"]
    settings.DATABASE_ROUTERS = ["core.db.routing.Router"]
    settings.MIDDLEWARE = ["core.db.read_your_writes.ReplicaMiddleware", *settings.MIDDLEWARE]
    routing._known.clear()
    caches["positions"].clear()
    yield
    connections["replica1"].close()
    connections["replica1"].close_pool()


def kept():
    """The names of all that the queue's Redis holds, in each of its databases."""
    first = Redis.from_url(configured.QUEUE_URL)
    number = first.connection_pool.connection_kwargs["db"]
    names = set()
    for database in range(number, number + 4):
        client = Redis.from_url(configured.QUEUE_URL.rpartition("/")[0] + f"/{database}")
        names |= {(database, name) for name in client.keys("*") if not EXPECTED.search(name)}
    return names


def flood():
    """Each address once, with a token of its own, and a login by each way there is."""
    statuses, world = [], Strangers(public=False)
    for endpoint in ENDPOINTS:
        # Echo has a token of its own (test_echo); who knows a password is no stranger.
        if endpoint.name.startswith("echo:") or endpoint.name == "accounts:login":
            continue
        with suppress(NeedsAccount):
            statuses.append(prepared(endpoint, world, "anonymous")().status_code)
    assert len(statuses) > len(ENDPOINTS) - 8
    client, name = world.client("anonymous"), f"{secrets.token_hex(4)}@example.com"
    form = {"username": name, "password": "wrong"}
    client.post("/admin/login/", form, format="multipart")
    client.post("/api/v1/auth/login/", {"email": name, "password": "wrong"})
    client.get(f"/admin/?{name}")
    return statuses


def test_no_stranger_leaves_anything_where_nothing_is_evicted(with_a_replica, settings):
    first = flood()
    assert {401, 200} <= set(first) and len(first) > 50
    before = kept()
    for _ in range(3):
        flood()
    assert kept() - before == set()
    settings.RATES = dict.fromkeys(settings.RATES, "1/h")
    for _ in range(2):
        limited = flood()
    assert 429 in limited
    assert kept() - before == set(), "what is refused leaves nothing either"


def test_who_is_logged_in_leaves_one_position_however_many_tokens(with_a_replica, as_user):
    user = UserFactory()
    clients = [as_user(user) for _ in range(3)]
    before = kept()
    for number, client in enumerate(clients):
        answer = client.post("/api/v1/projects/", {"name": f"Project {number}"})
        assert answer.status_code == 201, answer.content
    new = [name for _, name in kept() - before if b"wal:" in name]
    assert new == [f":1:wal:user:{user.pk}".encode()]


def test_a_login_that_a_provider_should_finish_leaves_a_bounded_number(monkeypatch):
    monkeypatch.setattr(store, "MAX_PENDING_LOGINS", 20)
    for number in range(100):
        now = 1_900_000_000 + number
        session_store().save_pending_login(f"{number}", "a login", now=now, seconds=600)
    pending = session_store()._redis.keys("login:*")
    assert len(pending) == session_store()._redis.zcard("logins") == 20
    assert session_store().pop_pending_login("99") == "a login", "the latest are there"
    assert session_store().pop_pending_login("79") is None


def test_who_asks_for_projects_that_do_not_exist_leaves_nothing(as_user):
    """It takes an account, and no more."""
    client, project = as_user(UserFactory()), ProjectFactory()
    client.get("/api/v1/projects/1/tasks/")
    before = kept()
    for number in range(project.pk + 1000, project.pk + 1040):
        assert client.get(f"/api/v1/projects/{number}/").status_code == 404
        assert client.get(f"/api/v1/projects/{number}/tasks/").status_code == 404
    assert client.get(f"/api/v1/projects/{project.pk}/").status_code == 404, "it is another's"
    assert kept() - before == set()


def test_the_counters_of_a_process_take_a_bounded_amount_of_memory():
    """While the cache's Redis is away each process counts in its own memory."""
    here = CountersCache("redis://127.0.0.1:1/0", {"KEY_PREFIX": "limits"})._local
    here.clear()
    tracemalloc.start()
    for number in range(40_000):
        here.add(f"limits:1:rl:{number:064d}", 1, 3600)
    assert here.get(f"limits:1:rl:{0:064d}") == 1, "what is counted is not forgotten too soon"
    for number in range(40_000, 120_000):
        here.add(f"limits:1:rl:{number:064d}", 1, 3600)
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    here.clear()
    assert 4 * 2**20 < used < 48 * 2**20, f"{used / 2**20:.0f} MiB in each process"
