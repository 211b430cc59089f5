"""Leases: one worker at a time has a message, while its session exists and its lease lasts.

The lease names the PostgreSQL session that acquired it, in which the task's transaction then runs.
Once that session has ended, the transaction is either committed (the message is done) or rolled
back, so that the next worker may begin at once. The lease's end is for what PostgreSQL cannot see:
a machine that does not respond any more. In doubt a session counts as alive.
"""

from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from core.db.statements import fetch_one

TASK_ID = "outbox-"  # prefix of the ids of the tasks that the outbox sends
ABANDONED = """leased_by IS NOT NULL AND NOT EXISTS (
  SELECT FROM pg_stat_activity WHERE pid = leased_by AND coalesce(backend_start <= leased_at, true)
)"""
# Counted before the task runs, so that a message that kills its worker each time ends as dead.
ACQUIRE = f"""
UPDATE outbox_message SET attempts = attempts + 1,
  leased_by = pg_backend_pid(), leased_at = now(),
  leased_until = now() + make_interval(secs => %(lease)s),
  next_at = now() + make_interval(secs => %(lease)s)
WHERE id = %(id)s AND done_at IS NULL AND dead_at IS NULL
  AND (leased_until IS NULL OR leased_until < now() OR {ABANDONED})
RETURNING key, task, args, positional, attempts
"""
# Only after the first attempt: a message that lost two workers may be what kills them, and waits
# for the end of its lease.
RELEASE_ABANDONED = f"""
UPDATE outbox_message SET leased_by = NULL, leased_until = NULL, next_at = now()
WHERE leased_until > now() AND done_at IS NULL AND dead_at IS NULL AND attempts = 1 AND {ABANDONED}
"""


class Unfinished(Exception):
    """PostgreSQL was unavailable around the task for too long: the sweep sends it again."""


class Work(NamedTuple):
    """The task of a leased message. `args` and `positional` are JSON, decoded or not."""

    key: str
    task: str
    args: Any
    positional: Any
    attempts: int


def acquire(message: int) -> Work | None:
    """Lease a message; None when it is done, dead, or leased by another worker."""
    row = fetch_one(ACQUIRE, {"id": message, "lease": settings.OUTBOX_LEASE})
    return None if row is None else Work(*row)


def release_abandoned() -> int:
    """Make the messages of ended workers due now; return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE_ABANDONED)
        return int(cursor.rowcount)
