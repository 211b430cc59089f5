"""Metrics of the outbox."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from prometheus_client.metrics_core import GaugeMetricFamily

DEADLINE = 1.0  # seconds: a frozen database must not delay all other metrics
COUNT = """
SELECT count(*) FILTER (WHERE dead_at IS NULL), count(*) FILTER (WHERE dead_at IS NOT NULL),
  coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE dead_at IS NULL)), 0)
FROM outbox_message WHERE done_at IS NULL
"""


class OutboxState:
    """Measured at each scrape; absent while PostgreSQL is unavailable."""

    def collect(self) -> Iterator[Any]:
        """Return the number of waiting and dead messages, and the age of the oldest waiting one."""
        from health.checks import run_check

        state = run_check("outbox", check=_count, seconds=DEADLINE)
        if not state["ok"]:
            return
        family = GaugeMetricFamily("outbox_messages", "Messages in the outbox.", labels=["state"])
        for name in ("waiting", "dead"):
            family.add_metric([name], state[name])
        yield family
        yield GaugeMetricFamily(
            "outbox_oldest_seconds", "Age of the oldest waiting message.", value=state["oldest"]
        )


def _count() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        waiting, dead, oldest = cursor.fetchone()
    return {"waiting": waiting, "dead": dead, "oldest": float(oldest)}
