"""Signs of life that go through the queue."""

import time

from django.core.cache import cache

from config.celery import app

HEARTBEAT_KEY = "health:heartbeat"


@app.task(name="health.tasks.heartbeat", ignore_result=True, kept_when_dead=False)
def heartbeat() -> None:
    """From beat by way of a worker into the cache: write down the time."""
    cache.set(HEARTBEAT_KEY, time.time(), timeout=60)


@app.task(name="health.tasks.here", ignore_result=True, kept_when_dead=False)
def here() -> None:
    """From a worker to itself: see config.celery_alive. To have received it is enough."""
