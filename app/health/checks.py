"""The readiness checks: each uses its part for real, is timed, and has a deadline.

A frozen database (its process stopped, its machine gone) keeps its connections open and never
answers, and no timeout of the server helps. So each check runs in its own thread, and the response
does not wait for it. A check that is still running is not started again.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from django.core.cache import cache
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from redis.exceptions import OutOfMemoryError

from core.db import disk_space
from core.redis.client import redis_client

logger = logging.getLogger("service.health")

DEADLINE = 2.5  # seconds for all checks together: a probe waits 5
MIGRATIONS_TRUSTED = 30.0
ROLE = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool"
# Without these parts the service still works in part, and no instance could do more: a load
# balancer that removed every instance for them would make an outage of it (decision 0034).
DEGRADES = frozenset({"cache", "disk"})
Facts = dict[str, Any]
_migrated_at = float("-inf")
_running: dict[str, Future[Facts]] = {}
_starting = threading.Lock()


class CheckFailed(Exception):
    """A part gives a wrong answer. The message goes to the client: no secrets in it."""


class Degraded(CheckFailed):
    """A part fails that the service can work without. The message goes to the client, too."""


def database() -> Facts:
    """PostgreSQL answers over the pool, and takes writes."""
    with connection.cursor() as cursor:
        cursor.execute(ROLE)
        if cursor.fetchone()[0]:
            raise CheckFailed("it is read-only: a standby, or fenced")
    return {"role": "write"}


def disk() -> Facts:
    """PostgreSQL has room to write."""
    if not disk_space.has_room():
        raise CheckFailed(disk_space.FULL)
    return {}


def cached() -> Facts:
    """The cache gives back what it was given. The service works without it, and slower."""
    cache.set("health:ready", "1", timeout=10)
    if cache.get("health:ready") != "1":
        raise CheckFailed("a value that was written is missing")
    return {}


def broker() -> Facts:
    """The queue's Redis answers, and accepts writes.

    A full one still returns sessions: that is degraded, not unavailable.
    """
    try:
        redis_client("broker").set("health:ready", "1", ex=10)
    except OutOfMemoryError as error:
        raise Degraded("it is full: no client can log in, and tasks wait in the outbox") from error
    return {}


def migrations() -> Facts:
    """Every migration of this release is applied. Trusted for a while: it reads many files."""
    global _migrated_at
    if time.monotonic() - _migrated_at < MIGRATIONS_TRUSTED:
        return {}
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise CheckFailed(f"{len(missing)} not applied: run the release command")
    _migrated_at = time.monotonic()
    return {}


def _timed(check: Callable[[], Facts]) -> Facts:
    began = time.perf_counter()
    result: Facts = {"ok": True}
    try:
        result.update(check())
    except Degraded as error:
        result.update(ok=False, degraded=True, reason=str(error))
    except CheckFailed as error:
        result.update(ok=False, reason=str(error))
    except Exception as error:  # whatever a driver raises: the part cannot be used
        # The kind of error only: a driver's message may hold addresses and names.
        result.update(ok=False, reason=type(error).__name__)
    result["ms"] = round((time.perf_counter() - began) * 1000, 1)
    return result


def _start(name: str, *, check: Callable[[], Facts]) -> Future[Facts]:
    """Run the check in a thread, or return the run that has not ended yet."""
    with _starting:
        running = _running.get(name)
        if running is not None and not running.done():
            return running
        future: Future[Facts] = Future()
        _running[name] = future

    def run() -> None:
        try:
            future.set_result(_timed(check))
        finally:
            connections.close_all()  # back into the pool: this thread's end would leave it out

    threading.Thread(target=run, name=f"health-{name}", daemon=True).start()
    return future


def _result(future: Future[Facts], *, deadline: float) -> Facts:
    began = time.monotonic()
    try:
        return future.result(timeout=max(0.0, deadline - began))
    except TimeoutError:
        return {"ok": False, "reason": "no answer in time", "ms": DEADLINE * 1000}


def run_check(name: str, *, check: Callable[[], Facts], seconds: float) -> Facts:
    """Run one check with a deadline: returns `ok`, `ms`, and its facts or a reason."""
    return _result(_start(name, check=check), deadline=time.monotonic() + seconds)


def run_checks() -> dict[str, Facts]:
    """Run every check; those that need the database are skipped while it is unavailable."""
    deadline = time.monotonic() + DEADLINE
    checks = {"database": database, "cache": cached, "broker": broker}
    started = {name: _start(name, check=check) for name, check in checks.items()}
    results = {"database": _result(started.pop("database"), deadline=deadline)}
    behind = {"migrations": migrations, "disk": disk}
    if results["database"]["ok"]:
        # Before waiting for the others: one that hangs must not use up the time of these.
        started |= {name: _start(name, check=check) for name, check in behind.items()}
    else:
        skipped = {"ok": False, "ms": 0.0, "reason": "the database is unavailable"}
        results |= {name: dict(skipped) for name in behind}
    results |= {name: _result(future, deadline=deadline) for name, future in started.items()}
    for name, result in results.items():
        if not result["ok"]:
            if name in DEGRADES:  # also a check that missed its deadline
                result["degraded"] = True
            message = "degraded" if result.get("degraded") else "not ready"
            logger.warning(message, extra={"check": name, "reason": result["reason"]})
    return results
