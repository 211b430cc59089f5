"""Celery's way to the broker, which is tried often while it is unavailable.

kombu waits 2 s longer after each try, up to 30: a worker came back so much later than its broker.
"""

from typing import Any

import kombu
from celery.app import amqp

# Seconds between two tries: the first wait, how much longer each one is, and the longest.
WAITS = {"interval_start": 0.5, "interval_step": 0.5, "interval_max": 2}


class Connection(kombu.Connection):
    """kombu's, with these waits where the caller names none."""

    def ensure_connection(self, *args: Any, **options: Any) -> Any:
        """Connect, trying again as often as the caller says."""
        return super().ensure_connection(*args, **{**WAITS, **options})


class AMQP(amqp.AMQP):
    """Celery's, with this connection."""

    Connection = Connection
