"""What the service needs to work, each asked for real and timed."""

import logging
import time
from collections.abc import Callable
from functools import cache as once
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger("service.health")

MIGRATIONS_TRUSTED = 30.0
_migrated_at = float("-inf")


class CheckFailed(Exception):
    """A part answers, and wrongly. The message goes to the client: no secrets in it."""


def database() -> None:
    """PostgreSQL answers a query over the pool."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def cached() -> None:
    """The cache gives back what it was given."""
    cache.set("health:ready", "1", timeout=10)
    if cache.get("health:ready") != "1":
        raise CheckFailed("a value that was written is not there")


def broker() -> None:
    """The queue answers."""
    _queue().ping()


def migrations() -> None:
    """Every migration of this release is applied. Believed for a while: it reads many files."""
    global _migrated_at
    if time.monotonic() - _migrated_at < MIGRATIONS_TRUSTED:
        return
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise CheckFailed(f"{len(missing)} not applied: run the release command")
    _migrated_at = time.monotonic()


@once
def _queue() -> Redis:
    return Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_timeout=1,
        socket_connect_timeout=1,
        retry=Retry(NoBackoff(), 0),
    )


def _timed(name: str, *, check: Callable[[], None]) -> dict[str, Any]:
    began = time.perf_counter()
    reason = None
    try:
        check()
    except CheckFailed as error:
        reason = str(error)
    except Exception as error:  # whatever a driver raises: the part cannot be used
        # The kind of error only: a driver's message may hold addresses and names.
        reason = type(error).__name__
    result: dict[str, Any] = {"ok": reason is None}
    result["ms"] = round((time.perf_counter() - began) * 1000, 1)
    if reason:
        result["reason"] = reason
        logger.warning("not ready", extra={"check": name, "reason": reason})
    return result


def run_checks() -> dict[str, dict[str, Any]]:
    """Every check's result. Migrations are not asked for where the database is away."""
    results = {
        "database": _timed("database", check=database),
        "cache": _timed("cache", check=cached),
        "broker": _timed("broker", check=broker),
    }
    if results["database"]["ok"]:
        results["migrations"] = _timed("migrations", check=migrations)
    else:
        results["migrations"] = {"ok": False, "ms": 0.0, "reason": "the database is away"}
    return results
