"""A heartbeat that goes through the queue."""

import time

from celery import shared_task
from django.core.cache import cache

from core.celery.task import Task

HEARTBEAT_KEY = "health:heartbeat"


@shared_task(base=Task, name="health.tasks.heartbeat", ignore_result=True, dead_letter=False)
def heartbeat() -> None:
    """Sent by beat, run by a worker: store the time in the cache."""
    cache.set(HEARTBEAT_KEY, time.time(), timeout=60)
