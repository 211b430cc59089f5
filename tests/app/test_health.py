"""Health: of the service, and of worker and beat."""

import os
import subprocess
import sys
import threading
import time

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.celery import beat, health
from health import checks
from processes import served, until

pytestmark = pytest.mark.django_db


def test_live_for_any_host(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/health/live", headers={"host": "10.1.2.3:99"})
    assert answer.status_code == 200 and answer.json()["status"] == "ok"


def test_ready_names_each_part(client):
    answer = client.get("/health/ready", headers={"host": "unknown.example"})
    assert answer.status_code == 200, answer.json()
    parts = answer.json()["checks"]
    assert set(parts) == {"database", "cache", "broker", "migrations", "disk"}
    assert all(part["ok"] and part["ms"] >= 0 for part in parts.values())


def test_without_the_cache_it_is_ready_and_degraded(client, cache_unavailable):
    """Everything works without it: of many servers none may be taken out for it."""
    began = time.monotonic()
    answer = client.get("/health/ready")
    assert answer.status_code == 200 and time.monotonic() - began < 5
    body = answer.json()
    assert (body["status"], body["degraded"]) == ("degraded", ["cache"])
    assert not body["checks"]["cache"]["ok"], "the smoke checks look at this"
    assert body["checks"]["cache"]["reason"] == "ConnectionError"
    assert body["checks"]["database"]["ok"]
    assert "canary" not in answer.content.decode()


def test_a_cache_that_hangs_is_degraded_too(client, monkeypatch):
    leave = threading.Event()
    monkeypatch.setattr(checks, "cached", lambda: leave.wait(60) and {})
    try:
        answer = client.get("/health/ready")
    finally:
        leave.set()
        checks._running["cache"].result(timeout=20)  # else the next test would wait for it too
    assert answer.status_code == 200 and answer.json()["degraded"] == ["cache"]
    assert answer.json()["checks"]["cache"]["reason"] == "no answer in time"


def test_without_the_queue_it_is_not_ready(client, monkeypatch):
    """No token can be checked without it."""
    monkeypatch.setattr(
        checks, "redis_client", lambda use: Redis(port=1, retry=Retry(NoBackoff(), 0))
    )
    answer = client.get("/health/ready")
    assert answer.status_code == 503 and answer.json()["status"] == "unavailable"
    assert answer.json()["degraded"] == []


def test_not_ready_without_the_database(client, monkeypatch):
    def away():
        raise ConnectionRefusedError("password=canary")

    monkeypatch.setattr(checks, "database", away)
    answer = client.get("/health/ready")
    parts = answer.json()["checks"]
    assert answer.status_code == 503 and "canary" not in answer.content.decode()
    assert parts["database"]["reason"] == "ConnectionRefusedError"
    assert parts["migrations"]["reason"] == "the database is unavailable"


@pytest.mark.django_db(transaction=True)
def test_not_ready_without_a_migration(client):
    MigrationRecorder(connection).record_applied("health", "9999_later")
    try:
        assert client.get("/health/ready").status_code == 200, "an older release may still serve"
        checks._migrated_at = float("-inf")
        MigrationRecorder(connection).record_unapplied(
            "contenttypes", "0002_remove_content_type_name"
        )
        answer = client.get("/health/ready")
    finally:
        MigrationRecorder(connection).record_applied(
            "contenttypes", "0002_remove_content_type_name"
        )
        MigrationRecorder(connection).record_unapplied("health", "9999_later")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"]["reason"].startswith("1 not applied")


def test_the_version(client, settings):
    answer = client.get("/health/version", headers={"host": "unknown.example"})
    assert answer.status_code == 200
    assert answer.json() == {"version": settings.ENV.version, "release": settings.ENV.release}


@pytest.mark.django_db(transaction=True)
def test_a_database_that_only_reads_is_not_ready(client):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        name = connection.ops.quote_name(cursor.fetchone()[0])
        cursor.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    connection.close_pool()
    try:
        answer = client.get("/health/ready")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET transaction_read_only = off")
            cursor.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        connection.close_pool()
    assert answer.status_code == 503
    assert "read-only" in answer.json()["checks"]["database"]["reason"]


@pytest.mark.django_db(transaction=True)
def test_a_frozen_database_is_not_ready_and_nobody_hangs(relay):
    """The relay keeps its connections open and passes nothing on: so does a stopped process."""
    with served(DATABASE_HOST="127.0.0.1", DATABASE_PORT=str(relay.port)) as service:
        assert service.get("/health/ready").status_code == 200
        relay.freeze()
        # A probe waits 5 seconds; so does this client, and an answer after that is an error.
        for _ in range(3):
            answer = service.get("/health/ready")
            assert answer.status_code == 503
            assert answer.json()["checks"]["database"]["reason"] == "no answer in time"
        assert service.get("/health/live").status_code == 200
        relay.thaw()
        until(lambda: service.get("/health/ready").status_code == 200)


def test_a_cache_that_forgets_is_degraded(client, monkeypatch):
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.get", lambda *_: None)
    assert "is missing" in client.get("/health/ready").json()["checks"]["cache"]["reason"]


def test_celery_health_is_the_files_age(tmp_path, monkeypatch, capsys):
    file = tmp_path / "alive"
    monkeypatch.setattr(health, "WORKER", file)
    assert health.main(["worker"]) == 1
    health.record_liveness(file)
    assert health.main(["worker"]) == 0
    os.utime(file, (time.time() - 31, time.time() - 31))
    assert health.main(["worker"]) == 1
    assert "31 s ago" in capsys.readouterr().err
    assert health.main(["clock"]) == 2


def test_celery_health_imports_nothing_large():
    code = "import sys, core.celery.health; print({'celery', 'django'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_beat_lives_only_while_it_can_send(tmp_path, monkeypatch):
    alive = tmp_path / "alive"
    monkeypatch.setattr(beat, "BEAT", alive)
    answers = iter([RuntimeError("the queue is away"), "sent"])

    def send(*_args, **_kwargs):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(beat.PersistentScheduler, "apply_async", send)
    scheduler = object.__new__(beat.Scheduler)
    with pytest.raises(RuntimeError):
        scheduler.apply_async("entry")
    assert not alive.exists()
    assert scheduler.apply_async("entry") == "sent" and alive.exists()


def test_beat_lives_from_its_first_tick(tmp_path, monkeypatch):
    alive = tmp_path / "alive"
    monkeypatch.setattr(beat, "BEAT", alive)
    monkeypatch.setattr(beat.PersistentScheduler, "tick", lambda *_: 5.0)
    monkeypatch.setattr(beat.Scheduler, "_hold_lock", lambda _: True)
    scheduler = object.__new__(beat.Scheduler)
    scheduler._has_ticked = False
    assert scheduler.tick() == 5.0 and alive.exists()
    alive.unlink()
    assert scheduler.tick() == 5.0
    assert not alive.exists(), "a beat that only ticks, and cannot send, counts as dead"
