"""Celery's addresses, queues and schedule; how tasks are taken is in `config.celery`."""

from typing import Any

from kombu import Queue

from config.settings.environment import ENV
from core.redis.client import CELERY

# For those who look into the queue; Celery's own clients have an address of their own kind.
QUEUE_URL = ENV.queue.url(database=0)
CELERY_BROKER_URL = ENV.queue.celery_url(database=0)
RESULTS = "SentinelBackend" if ENV.queue.sentinels else "RedisBackend"
CELERY_RESULT_BACKEND = f"core.celery.results:{RESULTS}+{ENV.queue.celery_url(database=1)}"
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {
    "retry_policy": {"timeout": 3.0},
    **ENV.queue.celery_options(),
}
# Which of two beats works: asked where nothing is evicted.
BEAT_LOCK_URL = ENV.queue.url(database=3)
BEAT_LOCK_TTL = 15.0  # seconds; three times `beat_max_loop_interval`

# From the most urgent to the least: a worker takes from the first one that is not empty.
QUEUES = ("critical", "default", "bulk")
CELERY_TASK_QUEUES = [Queue(name, routing_key=name) for name in QUEUES]
CELERY_TASK_DEFAULT_QUEUE = "default"
# A name that nobody reads would keep its tasks for ever.
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ROUTES = {
    "health.tasks.*": {"queue": "critical"},
    "outbox.tasks.sweep": {"queue": "critical"},
    "*.purge*": {"queue": "bulk"},
}


def every(seconds: float, task: str) -> dict[str, Any]:
    """An entry of the schedule. What no worker took in time must not pile up in the queue."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


CELERY_BEAT_SCHEDULE = {
    "heartbeat": every(10.0, "health.tasks.heartbeat"),
    "outbox": every(5.0, "outbox.tasks.sweep"),
    "purge-outbox": every(3600.0, "outbox.tasks.purge"),
    "purge-answers": every(900.0, "idempotency.tasks.purge_answers"),
}

# Seconds from the signal to the end of a worker's container; it needs the last ten for itself.
STOP_GRACE = ENV.general.worker_stop_grace
WORKER_SOFT_STOP = STOP_GRACE - 10
# A task that a dead worker held comes back after this time (seconds). No task may take longer,
# and no countdown may be above it (the task would run twice): what is due later belongs to beat.
VISIBILITY = ENV.queue_visibility
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": VISIBILITY,
    "queue_order_strategy": "priority",  # in the order of QUEUES
    **CELERY,
    **ENV.queue.celery_options(),
}

# A message that is not done is sent again after this time (seconds), each time twice as late.
OUTBOX_RESEND = ENV.outbox.resend
# How long one worker may have it; above the longest task.
OUTBOX_LEASE = ENV.outbox.lease
# What has lost its worker so often is dead. How often a failure is tried again, and how soon, is
# each task's own (`max_retries`, `retry_backoff`); where that is more often, it counts.
OUTBOX_ATTEMPTS = ENV.outbox.attempts
# Days that what is done stays, for whoever asks what happened.
OUTBOX_RETENTION_DAYS = ENV.outbox.retention_days
