"""Signs of life that go through the queue."""

import time

from celery import shared_task
from django.core.cache import cache

from core.celery.task import Task

HEARTBEAT_KEY = "health:heartbeat"


@shared_task(base=Task, name="health.tasks.heartbeat", ignore_result=True, dead_letter=False)
def heartbeat() -> None:
    """From beat by way of a worker into the cache: write down the time."""
    cache.set(HEARTBEAT_KEY, time.time(), timeout=60)
