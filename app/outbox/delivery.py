"""Runs the task of one message, and stores its outcome.

Celery runs the task (`core.celery.task.Task`), so its queue, retries and time limits apply.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from celery.exceptions import Ignore, Reject, Retry
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from psycopg_pool import PoolTimeout

from core.celery.task import Task
from core.observability.log_format import hide_secrets
from core.resilience import UNAVAILABLE
from outbox import leases
from outbox.leases import Work

logger = logging.getLogger("service.outbox")
ERROR_LENGTH = 2000

DONE = """
UPDATE outbox_message SET done_at = now(), leased_by = NULL, leased_until = NULL, error = ''
WHERE id = %s AND done_at IS NULL
"""
# Only by the latest attempt: another worker may have the message since our lease ended.
LATEST = "WHERE id = %s AND attempts = %s AND done_at IS NULL"
POSTPONED = f"""
UPDATE outbox_message SET error = %s, leased_by = NULL, leased_until = NULL,
  next_at = now() + make_interval(secs => %s) {LATEST}
"""
DEAD = f"""
UPDATE outbox_message SET error = %s, leased_by = NULL, leased_until = NULL, dead_at = now()
{LATEST}
"""
_key: ContextVar[str] = ContextVar("outbox_key", default="")


class WorkersLost(Exception):
    """Each attempt ended its worker: out of memory, or over the hard time limit."""


class TaskUnavailable(Exception):
    """The task itself failed with one of UNAVAILABLE, which is the cause of this error."""


class DoneElsewhere(Exception):
    """Another worker finished the message after our lease ended: our changes are rolled back."""


def current_message_key() -> str:
    """Return the key of the current message; empty outside of one."""
    return _key.get()


def run(task: Task, *, message: int) -> Any:
    """Run the task, and return its result. Celery handles what is raised here.

    Raises Ignore when the message is done, dead, or leased elsewhere; Retry when the task will be
    retried; else the error that ended it.
    """
    with _unavailable_is_retried(task):
        work = leases.acquire(message)
    if work is None:
        raise Ignore("nothing to do")
    token = _key.set(work.key)
    try:
        return _attempt(task, message=message, work=work)
    except DoneElsewhere:
        raise Ignore("done elsewhere") from None
    except Retry as retry:
        _postpone(message, retry, work=work)
        raise
    except (Ignore, Reject, leases.Unfinished):
        raise
    except TaskUnavailable as last:
        error = last.__cause__ or last
        _store_dead(message, error, work=work)
        raise error from None
    except Exception as error:  # of the task, after its last retry
        _store_dead(message, error, work=work)
        raise
    finally:
        _key.reset(token)


def _attempt(task: Task, *, message: int, work: Work) -> Any:
    # The last attempts ended before they could store that they failed.
    if work.attempts > max(settings.OUTBOX_ATTEMPTS, (task.max_retries or 0) + 1):
        raise WorkersLost("each attempt ended with its worker")
    if not task.outbox_transaction:
        result = _run_task(task, work=work)
        with _unavailable_is_retried(task), connection.cursor() as cursor:
            cursor.execute(DONE, [message])
        return result
    with _unavailable_is_retried(task), transaction.atomic(), connection.cursor() as cursor:
        result = _run_task(task, work=work)
        cursor.execute(DONE, [message])
        if not cursor.rowcount:
            raise DoneElsewhere
    return result


def _run_task(task: Task, *, work: Work) -> Any:
    """`run` is the task's function with its own retries around it."""
    try:
        return task.run(*_decoded(work.positional), **_decoded(work.args))
    except UNAVAILABLE as error:
        raise TaskUnavailable() from error


@contextmanager
def _unavailable_is_retried(task: Task) -> Iterator[None]:
    """An outage of the outbox itself is no failure of the task: Celery retries for a while.

    After that the message waits for the sweep: an outage makes no message dead.
    """
    try:
        yield
    except UNAVAILABLE as error:
        try:
            raise task.retry(exc=error)
        except UNAVAILABLE as last:
            raise leases.Unfinished(type(last).__name__) from last


def _decoded(value: Any) -> Any:
    """A plain cursor returns JSON as text."""
    return json.loads(value) if isinstance(value, str) else value


def _postpone(message: int, retry: Retry, *, work: Work) -> None:
    """Celery has sent the retry already; the sweep sends it too in case that is lost."""
    when: Any = retry.when or 0
    if isinstance(when, datetime):
        when = (when - datetime.now(tz=when.tzinfo or UTC)).total_seconds()
    reason = _describe(retry.exc)
    _log(logging.WARNING, work=work, state="WAITING", reason=reason)
    _write(POSTPONED, [reason, max(0, when) + settings.OUTBOX_RESEND, message, work.attempts])


def _store_dead(message: int, error: BaseException, *, work: Work) -> None:
    """The task has failed for good: keep it as a dead letter."""
    reason = _describe(error)
    _log(logging.ERROR, work=work, state="DEAD", reason=reason)
    _write(DEAD, [reason, message, work.attempts])


def _describe(error: BaseException | str | None) -> str:
    return hide_secrets(f"{type(error).__name__}: {error}")[:ERROR_LENGTH]


def _log(level: int, *, work: Work, state: str, reason: str) -> None:
    logger.log(
        level, "the task failed", extra={"task": work.task, "state": state, "reason": reason}
    )


def _write(statement: str, values: list[Any]) -> None:
    """Without the database the lease ends by itself, and the sweep sends the message again."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
    except (DatabaseError, InterfaceError, PoolTimeout) as error:
        logger.error("the outcome was not stored", extra={"reason": type(error).__name__})
