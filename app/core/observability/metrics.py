"""What Prometheus may ask: counts and times, right over all processes of this container.

Labels are routes, statuses, task names and families of cache keys: never an id, an address or a
user. Others call `cache_asked` and the like, and need not know Prometheus.
"""

import os
import tempfile
import time
from collections import Counter as Counted
from collections.abc import Iterator
from functools import cache as once
from pathlib import Path
from typing import Any

FOLDER = Path(tempfile.gettempdir()) / f"service-metrics-{os.getuid()}"
# Read by prometheus_client when it is imported, so it is set before.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(FOLDER))
Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(mode=0o700, parents=True, exist_ok=True)

from prometheus_client import (  # noqa: E402
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    values,
)
from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402

from core.observability.metrics_files import Slots  # noqa: E402

slots = Slots(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
values.ValueClass = values.MultiProcessValue(process_identifier=slots.number)

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# A queue is a list in Redis for each priority that kombu knows; the first has no ending.
PRIORITIES = ("", *(f"\x06\x16{number}" for number in (3, 6, 9)))
POOL_PERIOD = 1.0  # seconds between two looks at the pool

requests = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
latency = Histogram("http_request_seconds", "Time to answer.", ["route"], buckets=SECONDS)
queries = Histogram(
    "http_request_queries", "Queries of a request.", ["route"], buckets=(0, 1, 2, 3, 4, 5, 10, 50)
)
cache = Counter("cache_requests", "Keys that the cache was asked for.", ["family", "result"])
tasks = Histogram(
    "celery_task_seconds", "Time of a task.", ["task", "state"], buckets=(*SECONDS, 30, 60, 120)
)
hash_refusals = Counter("password_hash_refused", "Passwords not checked: too many at once.")
pool = Gauge("database_pool", "Connections of the pools.", ["state"], multiprocess_mode="livesum")

_looked_at_pool = 0.0


def request_answered(
    *, method: str | None, route: str, status: int, seconds: float, asked: int
) -> None:
    """Count one request; `asked` is its number of queries."""
    name = method if method in METHODS else "OTHER"
    _of_answers(name, route, status).inc()
    times, numbers = _of_route(route)
    times.observe(seconds)
    numbers.observe(asked)
    _look_at_pool()


@once
def _of_answers(method: str, route: str, status: int) -> Counter:
    """Looked up once: to find a labelled metric costs as much as to count with it."""
    return requests.labels(method, route, str(status))


@once
def _of_route(route: str) -> tuple[Histogram, Histogram]:
    return latency.labels(route), queries.labels(route)


def cache_asked(*, family: str, hits: int, misses: int) -> None:
    """Count keys by family: a short and closed list of names."""
    if hits:
        _of_keys(family, "hit").inc(hits)
    if misses:
        _of_keys(family, "miss").inc(misses)


@once
def _of_keys(family: str, result: str) -> Counter:
    return cache.labels(family, result)


def task_done(*, task: str, state: str, seconds: float) -> None:
    """Count one run of a task."""
    tasks.labels(task, state).observe(seconds)


def password_hash_refused() -> None:
    """Count one password that was not checked, since too many others were."""
    hash_refusals.inc()


def _look_at_pool() -> None:
    """Write down this process's pools, at most once in a while."""
    global _looked_at_pool
    now = time.monotonic()
    if now - _looked_at_pool < POOL_PERIOD:
        return
    _looked_at_pool = now
    from django.db.backends.postgresql.base import DatabaseWrapper

    pools = DatabaseWrapper._connection_pools  # type: ignore[attr-defined]
    found: list[dict[str, int]] = [each.get_stats() for each in pools.values()]
    size = sum(each.get("pool_size", 0) for each in found)
    free = sum(each.get("pool_available", 0) for each in found)
    pool.labels("used").set(size - free)
    pool.labels("free").set(free)
    pool.labels("waiting").set(sum(each.get("requests_waiting", 0) for each in found))


class QueueLengths:
    """Asked when somebody asks us: how much waits in each queue of Celery, and who works."""

    def collect(self) -> Iterator[Any]:
        """One gauge; absent when the queue cannot be asked."""
        from django.conf import settings
        from redis.exceptions import RedisError

        from core.redis.client import redis_client

        lists = [(name, f"{name}{end}") for name in settings.QUEUES for end in PRIORITIES]
        pipe = redis_client("broker").pipeline(transaction=False)
        for _, place in lists:
            pipe.llen(place)
        pipe.hlen("unacked")
        try:
            *lengths, held = pipe.execute()
        except RedisError:
            return
        waiting = Counted({"unacknowledged": held})
        for (name, _), length in zip(lists, lengths, strict=True):
            waiting[name] += length
        family = GaugeMetricFamily("celery_queue_length", "Tasks that wait.", labels=["queue"])
        for name, length in waiting.items():
            family.add_metric([name], length)
        yield family


class DatabaseRoom:
    """Asked when a scraper asks us: whether PostgreSQL's disk has room."""

    def collect(self) -> Iterator[Any]:
        """1 or 0; absent when PostgreSQL cannot be asked."""
        from django.db import DatabaseError
        from psycopg_pool import PoolTimeout

        from core.db import disk_space

        try:
            room = disk_space.has_room()
        except (DatabaseError, PoolTimeout):
            return
        text = "Whether PostgreSQL's disk has room to write."
        yield GaugeMetricFamily("database_has_room", text, value=float(room))


_collectors: list[Any] = []


def add_collector(collector: Any) -> None:
    """Add what an app measures at each scrape: an object with Prometheus's `collect()`."""
    if not any(isinstance(each, type(collector)) for each in _collectors):
        _collectors.append(collector)


def exposition() -> bytes:
    """Everything, in Prometheus's text format."""
    slots.forget_the_dead()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    registry.register(QueueLengths())
    registry.register(DatabaseRoom())
    for collector in _collectors:
        registry.register(collector)
    return bytes(generate_latest(registry))
