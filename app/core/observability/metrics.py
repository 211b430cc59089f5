"""Prometheus metrics, summed over all processes of this container.

Labels are routes, statuses, task names and families of cache keys: never an id, a path or a user.
Other modules call `count_request` and the like, and do not depend on prometheus_client.
"""

import os
import tempfile
import time
from collections import Counter as Sum
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(
    os.environ.setdefault(  # prometheus_client reads it when it is imported, so it is set before
        "PROMETHEUS_MULTIPROC_DIR", f"{tempfile.gettempdir()}/service-metrics-{os.getuid()}"
    )
)
FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)

from prometheus_client import (  # noqa: E402
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
    values,
)
from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402

from core.observability.metrics_files import ProcessNumbers  # noqa: E402

process_numbers = ProcessNumbers(FOLDER)
# prometheus_client documents this for uWSGI, whose workers have numbers too.
values.ValueClass = values.MultiProcessValue(process_identifier=process_numbers.current)

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# A queue is one list in Redis for each of kombu's priorities; the first has no suffix.
PRIORITY_SUFFIXES = ("", *(f"\x06\x16{number}" for number in (3, 6, 9)))
POOL_INTERVAL_SECONDS = 1.0

requests = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
latency = Histogram("http_request_seconds", "Time to answer.", ["route"], buckets=SECONDS)
request_queries = Histogram(
    "http_request_queries", "Queries of a request.", ["route"], buckets=(0, 1, 2, 3, 4, 5, 10, 50)
)
cache_keys = Counter("cache_requests", "Keys that the cache was asked for.", ["family", "result"])
tasks = Histogram(
    "celery_task_seconds", "Time of a task.", ["task", "state"], buckets=(*SECONDS, 30, 60, 120)
)
hash_refusals = Counter("password_hash_refused", "Passwords not checked: too many at once.")
pool = Gauge("database_pool", "Connections of the pools.", ["state"], multiprocess_mode="livesum")

# To find a labelled metric costs as much as to count with it.
_requests_of = cache(requests.labels)
_latency_of = cache(latency.labels)
_queries_of = cache(request_queries.labels)
_cache_keys_of = cache(cache_keys.labels)
_pool_measured_at = 0.0


def count_request(
    *, method: str | None, route: str, status: int, seconds: float, queries: int
) -> None:
    """Count one request, its time and its queries."""
    _requests_of(method if method in METHODS else "OTHER", route, str(status)).inc()
    _latency_of(route).observe(seconds)
    _queries_of(route).observe(queries)
    _measure_pool()


def count_cache_key(*, family: str, is_hit: bool) -> None:
    """Count one look into the cache by family: a short and closed list of names."""
    _cache_keys_of(family, "hit" if is_hit else "miss").inc()


def count_task(*, task: str, state: str, seconds: float) -> None:
    """Count one run of a task."""
    tasks.labels(task, state).observe(seconds)


def count_password_hash_refused() -> None:
    """Count one password that was not checked because too many others were being hashed."""
    hash_refusals.inc()


def _measure_pool() -> None:
    """Set the gauges of this process's connection pools, once a second at most."""
    global _pool_measured_at
    now = time.monotonic()
    if now - _pool_measured_at < POOL_INTERVAL_SECONDS:
        return
    _pool_measured_at = now
    from django.db import connections

    pools = [getattr(connection, "pool", None) for connection in connections.all()]
    stats = [each.get_stats() for each in pools if each is not None]
    size = sum(each.get("pool_size", 0) for each in stats)
    free = sum(each.get("pool_available", 0) for each in stats)
    pool.labels("used").set(size - free)
    pool.labels("free").set(free)
    pool.labels("waiting").set(sum(each.get("requests_waiting", 0) for each in stats))


class QueueLengths:
    """Measures the length of each Celery queue, and the tasks not yet acknowledged."""

    def collect(self) -> Iterator[Any]:
        """One gauge; absent while the queue's Redis is unavailable."""
        from django.conf import settings
        from redis.exceptions import RedisError

        from core.redis.client import redis_client

        lists = [(name, f"{name}{end}") for name in settings.QUEUES for end in PRIORITY_SUFFIXES]
        pipe = redis_client("broker").pipeline(transaction=False)
        for _, key in lists:
            pipe.llen(key)
        pipe.hlen("unacked")
        try:
            *lengths, unacknowledged = pipe.execute()
        except RedisError:
            return
        waiting = Sum({"unacknowledged": unacknowledged})
        for (name, _), length in zip(lists, lengths, strict=True):
            waiting[name] += length
        family = GaugeMetricFamily("celery_queue_length", "Tasks that wait.", labels=["queue"])
        for name, length in waiting.items():
            family.add_metric([name], length)
        yield family


_collectors: list[Any] = []


def add_collector(collector: Any) -> None:
    """Add an object with prometheus_client's `collect()`, which is called at each scrape."""
    if not any(isinstance(each, type(collector)) for each in _collectors):
        _collectors.append(collector)


def exposition() -> bytes:
    """Return all metrics in Prometheus's text format."""
    process_numbers.remove_gauges_of_ended_processes()
    registry = CollectorRegistry()
    for collector in (QueueLengths(), *_collectors):
        registry.register(collector)
    MultiProcessCollector(registry)
    return bytes(generate_latest(registry))


def serve(port: int) -> None:
    """Serve the counts of this container's processes on a port. Raises OSError if it is taken."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    start_http_server(port, registry=registry)
