"""Sends due messages to the broker, again and again until they are done: it may lose everything."""

import secrets
from collections.abc import Sequence
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection

from core.celery.observability import HEADER
from core.celery.task import OUTBOX
from core.redis.client import redis_client
from core.resilience import BROKER_ERRORS
from outbox import leases
from outbox.leases import TASK_ID

BATCH_SIZE = 200
MAX_RESEND_SECONDS = 3600  # between two sends of the same message
MAX_QUEUE_LENGTH = 1000  # more messages wait here, where they cannot fill the broker

# The interval doubles each time: a message behind a long queue is not lost.
DUE = """
UPDATE outbox_message SET sends = sends + 1,
  next_at = now() + make_interval(secs => least(%s * 2 ^ least(sends, 20), %s))
WHERE id IN (
  SELECT id FROM outbox_message
  WHERE done_at IS NULL AND dead_at IS NULL AND next_at <= now() AND NOT queue = ANY(%s)
  ORDER BY next_at LIMIT %s FOR UPDATE SKIP LOCKED
)
RETURNING id, task, queue, request_id, attempts
"""
UNSENT = "UPDATE outbox_message SET sends = sends - 1, next_at = now() WHERE id = ANY(%s)"
# For an hour a rollout may run releases that know other tasks.
UNKNOWN = """
UPDATE outbox_message SET dead_at = now(), error = 'There is no task of this name any more.'
WHERE done_at IS NULL AND dead_at IS NULL AND next_at <= now()
  AND created_at < now() - interval '1 hour' AND NOT task = ANY(%s)
"""
ONE = "SELECT id, task, queue, request_id, attempts FROM outbox_message WHERE id = %s"


def publish(
    message: int, *, task: str, queue: str, request: str = "", attempts: int = 0, retry: bool = True
) -> None:
    """Have Celery send the task of one message, with its own options, to `queue`.

    Only the message's id is sent, with the id of its `request` where that is not the current one.
    The task's retries continue from `attempts`. A queue that only an earlier release had is
    replaced by the default one. Raises one of BROKER_ERRORS.
    """
    known_queue = queue if queue in settings.QUEUES else settings.CELERY_TASK_DEFAULT_QUEUE
    headers: dict[str, Any] = {OUTBOX: message} | ({HEADER: request} if request else {})
    options: dict[str, Any] = {"queue": known_queue, "headers": headers, "retry": retry}
    options["task_id"] = f"{TASK_ID}{message}-{secrets.token_hex(4)}"
    if task in current_app.tasks:
        registered: Any = current_app.tasks[task]
        retries = min(attempts, registered.max_retries or 0)
        registered.apply_async(retries=retries, **options)
    else:
        current_app.send_task(task, ignore_result=True, **options)


def publish_again(message: int) -> None:
    """Send one message that an earlier release sent in its own way."""
    with connection.cursor() as cursor:
        cursor.execute(ONE, [message])
        if row := cursor.fetchone():
            _publish_row(row)


def has_room(queue: str) -> bool:
    """Whether the queue is below MAX_QUEUE_LENGTH. Raises RedisError."""
    length: Any = redis_client("broker").llen(queue)
    return int(length) < MAX_QUEUE_LENGTH


def sweep() -> int:
    """Send all due messages; return how many there were. Concurrent sweeps share the work.

    No transaction is open during the sends. A message for a full queue stays due.
    """
    leases.release_abandoned()
    _end_unknown_tasks()
    total = 0
    while True:
        full = [queue for queue in settings.QUEUES if not has_room(queue)]
        with connection.cursor() as cursor:
            cursor.execute(DUE, [settings.OUTBOX_RESEND, MAX_RESEND_SECONDS, full, BATCH_SIZE])
            rows = cursor.fetchall()
        _publish_all(rows)
        total += len(rows)
        if len(rows) < BATCH_SIZE:
            return total


def _publish_all(rows: Sequence[tuple[Any, ...]]) -> None:
    """Send the rows; those that the broker refuses are due again at once."""
    sent = 0
    try:
        for row in rows:
            _publish_row(row)
            sent += 1
    except BROKER_ERRORS:
        with connection.cursor() as cursor:
            cursor.execute(UNSENT, [[row[0] for row in rows[sent:]]])
        raise


def _publish_row(row: tuple[Any, ...]) -> None:
    message, task, queue, request, attempts = row
    publish(message, task=task, queue=queue, request=request, attempts=attempts)


def _end_unknown_tasks() -> None:
    with connection.cursor() as cursor:
        cursor.execute(UNKNOWN, [list(current_app.tasks)])
