"""Dead letters of tasks outside of the outbox: stored beside its own, and retried alike."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from celery.signals import task_failure
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from psycopg_pool import PoolTimeout

from core.observability.log_format import hide_secrets
from outbox.delivery import ERROR_LENGTH
from outbox.leases import TASK_ID

logger = logging.getLogger("service.outbox")
INSERT_DEAD_LETTER = """
INSERT INTO outbox_message (key, task, queue, args, positional, attempts, error, dead_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, now())
ON CONFLICT (key) DO NOTHING
"""


@task_failure.connect
def _store_dead_letter(
    sender: Any = None,
    task_id: str = "",
    exception: BaseException | None = None,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    **_: Any,
) -> None:
    """After its last retry. While the database is unavailable too, only the log has it."""
    if not getattr(sender, "dead_letter", True) or task_id.startswith(TASK_ID):
        return
    request = sender.request
    queue = (request.delivery_info or {}).get("routing_key")
    queue = queue if queue in settings.QUEUES else settings.CELERY_TASK_DEFAULT_QUEUE
    error = hide_secrets(f"{type(exception).__name__}: {exception}")[:ERROR_LENGTH]
    values = [f"task:{task_id}", sender.name, queue, json.dumps(dict(kwargs or {}))]
    values += [json.dumps(list(args)), request.retries + 1, error]
    logger.error(
        "the task failed", extra={"task": sender.name, "task_id": task_id, "reason": error}
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(INSERT_DEAD_LETTER, values)
    except (DatabaseError, InterfaceError, PoolTimeout) as failure:
        reason = type(failure).__name__
        logger.error("the dead letter was not stored", extra={"task_id": task_id, "reason": reason})
