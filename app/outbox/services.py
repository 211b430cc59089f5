"""Puts work into the outbox, in the transaction of the change that it follows."""

import json
import logging
import time
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from config.logs import request_id
from config.plans import Planned
from outbox import relay

logger = logging.getLogger("service.outbox")

AWAY_SECONDS = 10.0  # twice what one try at a frozen broker takes
_away_until = 0.0

# It is sent right after the commit. Where that fails, or the process dies just then, the sweep
# sends it when `next_at` has come.
PUT = Planned(
    "outbox_put",
    """
INSERT INTO outbox_message (key, task, queue, args, positional, request_id, next_at)
VALUES (%(key)s, %(task)s, %(queue)s, %(args)s, '[]', %(request)s,
  now() + make_interval(secs => %(resend)s))
ON CONFLICT (key) DO NOTHING
RETURNING id
""",
)


def enqueue(task_name: str, *, args: dict[str, Any], key: str, queue: str = "default") -> None:
    """Have a task done for certain, once this transaction commits; not at all when it does not.

    `task_name` is a Celery task's, `args` its named arguments (JSON, and no secret: they are
    kept). What is there under the same `key` is not put in again. The task runs in a transaction
    that also marks it as done, so what it changes in PostgreSQL happens exactly once; what it does
    elsewhere (a mail) may, after a crash in between, happen twice: `delivery.key_at_work` names it
    to those who can tell. Raises TransactionManagementError outside of a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("outbox: enqueue belongs into the change's transaction")
    if queue not in settings.QUEUES:
        raise ValueError(f"outbox: there is no queue {queue!r}")
    values: dict[str, Any] = {
        "key": key,
        "task": task_name,
        "queue": queue,
        "args": json.dumps(args),
    }
    values |= {"request": request_id.get()[:64], "resend": settings.OUTBOX_RESEND}
    row = PUT.one(values)
    if row is not None:
        transaction.on_commit(partial(_send_now, row[0], queue=queue))


def _send_now(message: int, *, queue: str) -> None:
    """The change is made, and must not fail for this: the sweep sends what was not sent here.

    Nor may every change wait for a broker that is frozen: one tries, then none for a while.
    """
    global _away_until
    if time.monotonic() < _away_until:
        return
    try:
        relay.publish(message, queue=queue, retry=False)
    except relay.AWAY as error:
        _away_until = time.monotonic() + AWAY_SECONDS
        logger.warning("not sent yet", extra={"reason": type(error).__name__})
