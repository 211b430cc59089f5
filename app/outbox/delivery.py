"""Does one message's work, once."""

import json
import logging
import time
from contextvars import ContextVar
from typing import Any

from celery.utils.time import get_exponential_backoff_interval
from django.conf import settings
from django.db import connection, transaction

from config import metrics
from config.celery import app
from config.logs import hide
from outbox import leases

logger = logging.getLogger("service.outbox")
ERROR_LENGTH = 2000

PATIENCE = "SELECT set_config('idle_in_transaction_session_timeout', %s, true)"
DONE = """
UPDATE outbox_message SET done_at = now(), leased_by = NULL, leased_until = NULL, error = ''
WHERE id = %s AND done_at IS NULL
"""
# Only by the latest attempt: another may be at it since our lease was over.
FAILED = """
UPDATE outbox_message SET error = %s, leased_by = NULL, leased_until = NULL,
  next_at = now() + make_interval(secs => %s),
  dead_at = CASE WHEN attempts >= %s THEN now() END
WHERE id = %s AND attempts = %s AND done_at IS NULL
RETURNING dead_at IS NOT NULL
"""
_key: ContextVar[str] = ContextVar("outbox_key", default="")


class WorkersLost(Exception):
    """Each attempt ended with its worker: out of memory, or over the hard time limit."""


class DoneElsewhere(Exception):
    """Another worker finished it after our lease was over: what we did is undone."""


def key_at_work() -> str:
    """The key of the message whose work is being done; empty outside of one."""
    return _key.get()


def deliver(message: int) -> str:
    """Do the work, unless it is done, dead, or at work elsewhere; what became of it."""
    work = leases.take(message)
    if work is None:
        return "nothing to do"
    key, task, args, positional, attempts = work
    token, began, state = _key.set(key), time.perf_counter(), "SUCCESS"
    try:
        if attempts > settings.OUTBOX_ATTEMPTS:  # the last one could not say that it failed
            raise WorkersLost("each attempt ended with its worker")
        return _work(message, task=task, args=args, positional=positional)
    except DoneElsewhere:
        state = "IGNORED"
        return "done elsewhere"
    except Exception as error:  # whatever the task raises: it is written down, and tried again
        state = "FAILURE"
        return _failed(message, error, task=task, attempts=attempts)
    finally:
        # Under its own name, beside the time of the delivery.
        metrics.task_done(task=task, state=state, seconds=time.perf_counter() - began)
        _key.reset(token)


def _work(message: int, *, task: str, args: Any, positional: Any) -> str:
    with transaction.atomic(), connection.cursor() as cursor:
        # The work may wait for others (a mail server) for as long as it may take at all, and more.
        cursor.execute(PATIENCE, [f"{settings.OUTBOX_LEASE * 2}s"])
        app.tasks[task].run(*_read(positional), **_read(args))
        cursor.execute(DONE, [message])
        if not cursor.rowcount:
            raise DoneElsewhere
    return "done"


def _read(value: Any) -> Any:
    """JSON by way of a plain cursor is text."""
    return json.loads(value) if isinstance(value, str) else value


def _failed(message: int, error: Exception, *, task: str, attempts: int) -> str:
    """Keep the reason; try later, or give up where a person can see it."""
    wait = get_exponential_backoff_interval(
        factor=settings.OUTBOX_BACKOFF, retries=attempts, maximum=600, full_jitter=True
    )
    said = hide(f"{type(error).__name__}: {error}")[:ERROR_LENGTH]
    with connection.cursor() as cursor:
        values: list[Any] = [said, max(1, wait), settings.OUTBOX_ATTEMPTS, message, attempts]
        cursor.execute(FAILED, values)
        row = cursor.fetchone()
    dead = row is not None and row[0]
    extra = {"task": task, "state": "DEAD" if dead else "WAITING", "reason": said}
    logger.log(logging.ERROR if dead else logging.WARNING, "the work failed", extra=extra)
    return "dead" if dead else "failed"
