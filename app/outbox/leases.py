"""Who has a message: one worker at a time, for as long as it lives and its lease lasts.

PostgreSQL itself knows whether a worker lives: the lease names the session that took it, in which
the work's transaction then runs. Once that session is gone, what it did is either committed (the
message is done) or undone for good, so the next one may begin at once. The end of the lease is for
what PostgreSQL cannot see: a machine that went silent. A session counts as alive where in doubt.
"""

from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from core.db.statements import fetch_one

TASK_ID = "outbox-"  # what the id of each task that the outbox sends begins with
ABANDONED = """leased_by IS NOT NULL AND NOT EXISTS (
  SELECT FROM pg_stat_activity WHERE pid = leased_by AND coalesce(backend_start <= leased_at, true)
)"""
# The attempt counts before the work begins: what kills its worker each time is dead in the end.
TAKE = f"""
UPDATE outbox_message SET attempts = attempts + 1,
  leased_by = pg_backend_pid(), leased_at = now(),
  leased_until = now() + make_interval(secs => %(lease)s),
  next_at = now() + make_interval(secs => %(lease)s)
WHERE id = %(id)s AND done_at IS NULL AND dead_at IS NULL
  AND (leased_until IS NULL OR leased_until < now() OR {ABANDONED})
RETURNING key, task, args, positional, attempts
"""
# What lost its worker a second time may be what kills them: that waits for the end of its lease.
FREE = f"""
UPDATE outbox_message SET leased_by = NULL, leased_until = NULL, next_at = now()
WHERE leased_until > now() AND done_at IS NULL AND dead_at IS NULL AND attempts = 1 AND {ABANDONED}
"""


class Unfinished(Exception):
    """PostgreSQL was unavailable around the task for too long: the sweep sends it again."""


class Work(NamedTuple):
    """What a message asks for. `args` and `positional` are JSON, read or not yet read."""

    key: str
    task: str
    args: Any
    positional: Any
    attempts: int


def take(message: int) -> Work | None:
    """Have it for ourselves; None when it is done, dead, or at work elsewhere."""
    row = fetch_one(TAKE, {"id": message, "lease": settings.OUTBOX_LEASE})
    return None if row is None else Work(*row)


def free() -> int:
    """Have what was left by workers that are gone sent again now; how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(FREE)
        return int(cursor.rowcount)
