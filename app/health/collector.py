"""The parts of the service, and the room in the queue's Redis, for Prometheus."""

from collections.abc import Iterator
from typing import Any

from prometheus_client.metrics_core import GaugeMetricFamily
from redis.exceptions import RedisError

from core.redis.client import redis_client
from health.checks import run_checks


class PartsState:
    """Asked when Prometheus asks: what the readiness answer says, part by part."""

    def collect(self) -> Iterator[Any]:
        """1 for a part that works, 0 for one that does not."""
        family = GaugeMetricFamily("service_part_up", "Whether a part works.", labels=["part"])
        for name, check in run_checks().items():
            family.add_metric([name], int(check["ok"]))
        yield family


class QueueMemory:
    """How full the queue's Redis is. Nothing is evicted there: full, it refuses every write."""

    def collect(self) -> Iterator[Any]:
        """Bytes used, and bytes that it may use (0: no limit); absent when it does not answer."""
        try:
            told: Any = redis_client("broker").info("memory")
        except RedisError:
            return
        family = GaugeMetricFamily(
            "queue_memory_bytes", "Memory of the queue's Redis.", labels=["state"]
        )
        family.add_metric(["used"], told["used_memory"])
        family.add_metric(["limit"], told["maxmemory"])
        yield family
