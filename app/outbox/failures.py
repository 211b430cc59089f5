"""Tasks outside of the outbox that failed for good: kept beside its own dead, and retried alike."""

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
KEEP = """
INSERT INTO outbox_message (key, task, queue, args, positional, attempts, error, dead_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, now())
ON CONFLICT (key) DO NOTHING
"""


@task_failure.connect
def _keep(
    sender: Any = None,
    task_id: str = "",
    exception: BaseException | None = None,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    **_: Any,
) -> None:
    """After its last retry. Where the database is away too, the log has to do."""
    if not getattr(sender, "dead_letter", True) or task_id.startswith(TASK_ID):
        return
    request = sender.request
    queue = (request.delivery_info or {}).get("routing_key")
    queue = queue if queue in settings.QUEUES else settings.CELERY_TASK_DEFAULT_QUEUE
    said = hide_secrets(f"{type(exception).__name__}: {exception}")[:ERROR_LENGTH]
    values = [f"task:{task_id}", sender.name, queue, json.dumps(dict(kwargs or {}))]
    values += [json.dumps(list(args)), request.retries + 1, said]
    logger.error("the task failed", extra={"task": sender.name, "task_id": task_id, "reason": said})
    try:
        with connection.cursor() as cursor:
            cursor.execute(KEEP, values)
    except (DatabaseError, InterfaceError, PoolTimeout) as error:
        logger.error("it was not kept", extra={"task_id": task_id, "reason": type(error).__name__})
