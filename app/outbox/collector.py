"""How much waits in the outbox, for Prometheus."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from prometheus_client.metrics_core import GaugeMetricFamily

DEADLINE = 1.0  # seconds: a frozen database must not hold up all other metrics
COUNTED = """
SELECT count(*) FILTER (WHERE dead_at IS NULL), count(*) FILTER (WHERE dead_at IS NOT NULL),
  coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE dead_at IS NULL)), 0)
FROM outbox_message WHERE done_at IS NULL
"""


class OutboxState:
    """Asked when somebody asks us; absent when PostgreSQL does not answer."""

    def collect(self) -> Iterator[Any]:
        """What waits, what is dead, and the age of the oldest that waits."""
        from health.checks import asked

        found = asked("outbox", check=_counted, seconds=DEADLINE)
        if not found["ok"]:
            return
        family = GaugeMetricFamily("outbox_messages", "Work in the outbox.", labels=["state"])
        for state in ("waiting", "dead"):
            family.add_metric([state], found[state])
        yield family
        yield GaugeMetricFamily(
            "outbox_oldest_seconds", "Age of the oldest that waits.", value=found["oldest"]
        )


def _counted() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTED)
        waiting, dead, oldest = cursor.fetchone()
    return {"waiting": waiting, "dead": dead, "oldest": float(oldest)}
