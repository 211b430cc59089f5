"""Celery's addresses, queues and schedule; how tasks are taken is in `config.celery`."""

from typing import Any

from kombu import Queue

from config.settings.environment import ENV
from core.redis.client import CELERY

# For health checks and metrics; Celery's clients have addresses of their own kind.
QUEUE_URL = ENV.queue.url(database=0)
CELERY_BROKER_URL = ENV.queue.celery_url(database=0)
RESULTS = "SentinelBackend" if ENV.queue.sentinels else "RedisBackend"
CELERY_RESULT_BACKEND = f"core.celery.results:{RESULTS}+{ENV.queue.celery_url(database=1)}"
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {
    "retry_policy": {"timeout": 3.0},
    **ENV.queue.celery_options(),
}
# The lock of beat's leader, in the Redis that evicts nothing.
BEAT_LOCK_URL = ENV.queue.url(database=3)
BEAT_LOCK_TTL = 15.0  # seconds; three times `beat_max_loop_interval`

# From the most urgent to the least: a worker takes from the first one that is not empty.
QUEUES = ("critical", "default", "bulk")
CELERY_TASK_QUEUES = [Queue(name, routing_key=name) for name in QUEUES]
CELERY_TASK_DEFAULT_QUEUE = "default"
# A misspelled queue would keep its tasks for ever, since no worker reads it.
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

# Seconds from SIGTERM to SIGKILL for a worker's container; the worker needs the last ten itself.
STOP_GRACE = ENV.general.worker_stop_grace
WORKER_SOFT_STOP = STOP_GRACE - 10
# Celery's visibility timeout: seconds until a dead worker's task is delivered again. No task may
# take longer, and no countdown may exceed it, or the task would run twice.
VISIBILITY = ENV.queue_visibility
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": VISIBILITY,
    "queue_order_strategy": "priority",  # in the order of QUEUES
    **CELERY,
    **ENV.queue.celery_options(),
}

# Seconds until an unfinished message is sent again; doubled each time.
OUTBOX_RESEND = ENV.outbox.resend
# Seconds of a worker's lease on a message; longer than the longest task.
OUTBOX_LEASE = ENV.outbox.lease
# A message that has lost its worker so often is dead. Retries after a failure are the task's own
# (`max_retries`, `retry_backoff`).
OUTBOX_ATTEMPTS = ENV.outbox.attempts
# Days until finished messages are deleted.
OUTBOX_RETENTION_DAYS = ENV.outbox.retention_days
