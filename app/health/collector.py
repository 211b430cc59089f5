"""What Prometheus reads of the service's parts: each is measured at the scrape."""

from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError
from prometheus_client.metrics_core import GaugeMetricFamily
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from core.db import disk_space
from core.redis.client import redis_client
from health.checks import run_checks


class PartsState:
    """The readiness checks, part by part."""

    def collect(self) -> Iterator[Any]:
        """1 for a part that works, 0 for one that does not."""
        family = GaugeMetricFamily("service_part_up", "Whether a part works.", labels=["part"])
        for name, check in run_checks().items():
            family.add_metric([name], int(check["ok"]))
        yield family


class DatabaseRoom:
    """Whether PostgreSQL's disk has room to write."""

    def collect(self) -> Iterator[Any]:
        """1 or 0; absent while PostgreSQL is unavailable."""
        try:
            has_room = disk_space.has_room()
        except (DatabaseError, PoolTimeout):
            return
        text = "Whether PostgreSQL's disk has room to write."
        yield GaugeMetricFamily("database_has_room", text, value=float(has_room))


class QueueMemory:
    """How full the queue's Redis is. It evicts nothing: when full, it refuses every write."""

    def collect(self) -> Iterator[Any]:
        """Bytes used, and the limit in bytes (0: none); absent while Redis is unavailable."""
        try:
            memory: Any = redis_client("broker").info("memory")
        except RedisError:
            return
        family = GaugeMetricFamily(
            "queue_memory_bytes", "Memory of the queue's Redis.", labels=["state"]
        )
        family.add_metric(["used"], memory["used_memory"])
        family.add_metric(["limit"], memory["maxmemory"])
        yield family
