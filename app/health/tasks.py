"""The heartbeat that goes from beat through the queue and a worker into the cache."""

import time

from django.core.cache import cache

from config.celery import app

HEARTBEAT_KEY = "health:heartbeat"


@app.task(name="health.tasks.heartbeat", ignore_result=True)
def heartbeat() -> None:
    """Write down the time."""
    cache.set(HEARTBEAT_KEY, time.time(), timeout=60)
