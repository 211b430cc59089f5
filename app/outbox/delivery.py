"""Runs the task of one message, and writes down what became of it.

Celery runs the task (`core.celery.task.Task`), so its queue, retries and time limits hold.
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
# Only by the latest attempt: another may be at it since our lease was over.
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
    """Each attempt ended with its worker: out of memory, or over the hard time limit."""


class GaveUp(Exception):
    """The task itself has ended with an error like an outage's, which is the cause of this one."""


class DoneElsewhere(Exception):
    """Another worker finished it after our lease was over: what we did is undone."""


def current_message_key() -> str:
    """The key of the message whose work is being done; empty outside of one."""
    return _key.get()


def run(task: Task, *, message: int) -> Any:
    """Do the work, and return what the task returns. Celery handles what is raised here.

    Raises Ignore when it is done, dead, or at work elsewhere; Retry when the task will be tried
    again; else the error that ended it for good.
    """
    with _unavailable_is_retried(task):
        work = leases.take(message)
    if work is None:
        raise Ignore("nothing to do")
    named = _key.set(work.key)
    try:
        return _attempted(task, message=message, work=work)
    except DoneElsewhere:
        raise Ignore("done elsewhere") from None
    except Retry as again:
        _postponed(message, again, work=work)
        raise
    except (Ignore, Reject, leases.Unfinished):
        raise
    except GaveUp as last:
        error = last.__cause__ or last
        _dead(message, error, work=work)
        raise error from None
    except Exception as error:  # whatever the task raises, after its last retry
        _dead(message, error, work=work)
        raise
    finally:
        _key.reset(named)


def _attempted(task: Task, *, message: int, work: Work) -> Any:
    # The last attempts could not say that they failed.
    if work.attempts > max(settings.OUTBOX_ATTEMPTS, (task.max_retries or 0) + 1):
        raise WorkersLost("each attempt ended with its worker")
    if not task.outbox_transaction:
        result = _ran(task, work=work)
        with _unavailable_is_retried(task), connection.cursor() as cursor:
            cursor.execute(DONE, [message])
        return result
    with _unavailable_is_retried(task), transaction.atomic(), connection.cursor() as cursor:
        result = _ran(task, work=work)
        cursor.execute(DONE, [message])
        if not cursor.rowcount:
            raise DoneElsewhere
    return result


def _ran(task: Task, *, work: Work) -> Any:
    """`run` is the task's function with its own retries around it."""
    try:
        return task.run(*_read(work.positional), **_read(work.args))
    except UNAVAILABLE as error:
        raise GaveUp() from error


@contextmanager
def _unavailable_is_retried(task: Task) -> Iterator[None]:
    """An outage of the outbox itself is no failure of the task: Celery tries again for a while.

    After that the message waits: the sweep sends it again, and it does not die of an outage.
    """
    try:
        yield
    except UNAVAILABLE as error:
        try:
            raise task.retry(exc=error)
        except UNAVAILABLE as last:
            raise leases.Unfinished(type(last).__name__) from last


def _read(value: Any) -> Any:
    """JSON by way of a plain cursor is text."""
    return json.loads(value) if isinstance(value, str) else value


def _postponed(message: int, again: Retry, *, work: Work) -> None:
    """Celery has sent it already; the sweep sends it too if that one is lost."""
    when: Any = again.when or 0
    if isinstance(when, datetime):
        when = (when - datetime.now(tz=when.tzinfo or UTC)).total_seconds()
    said = _said(again.exc)
    _log(logging.WARNING, work=work, state="WAITING", reason=said)
    _write(POSTPONED, [said, max(0, when) + settings.OUTBOX_RESEND, message, work.attempts])


def _dead(message: int, error: BaseException, *, work: Work) -> None:
    """The task has given up: keep it where a person sees it."""
    said = _said(error)
    _log(logging.ERROR, work=work, state="DEAD", reason=said)
    _write(DEAD, [said, message, work.attempts])


def _said(error: BaseException | str | None) -> str:
    return hide_secrets(f"{type(error).__name__}: {error}")[:ERROR_LENGTH]


def _log(level: int, *, work: Work, state: str, reason: str) -> None:
    logger.log(
        level, "the work failed", extra={"task": work.task, "state": state, "reason": reason}
    )


def _write(statement: str, values: list[Any]) -> None:
    """Where the database is away too, the lease ends by itself, and the sweep sends it again."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
    except (DatabaseError, InterfaceError, PoolTimeout) as error:
        logger.error("it was not written down", extra={"reason": type(error).__name__})
