"""Whether PostgreSQL's disk has room for writes.

On a full disk every read succeeds and every write fails, so that a query that only reads tells
nothing. This one sorts more than fits in memory: PostgreSQL writes a temporary file on its data
volume, and neither a row nor its write-ahead log.
"""

import threading
import time

from django.db import OperationalError, connection, transaction
from psycopg.errors import DiskFull

CHECK_SECONDS = 10.0  # for which a process uses the last result
FULL = "its disk is full: it reads, and every write fails; free space, or enlarge the volume"
SPILL = "SELECT count(*) FROM (SELECT n FROM generate_series(1, 20000) AS n ORDER BY n DESC) sorted"
_lock = threading.Lock()
_known: tuple[bool, float] = (True, float("-inf"))


def has_room() -> bool:
    """Whether the disk has room. Raises DatabaseError while PostgreSQL is unavailable."""
    global _known
    with _lock:
        found, at = _known
        if time.monotonic() - at < CHECK_SECONDS:
            return found
        found = _check()
        _known = (found, time.monotonic())
        return found


def forget() -> None:
    """Check again at the next call."""
    global _known
    _known = (True, float("-inf"))


def is_full(error: BaseException | None) -> bool:
    """Whether the error is that of a write that found no room."""
    return isinstance(error, DiskFull) or isinstance(getattr(error, "__cause__", None), DiskFull)


def _check() -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64kB'")
            cursor.execute(SPILL)
    except OperationalError as error:
        if is_full(error):
            return False
        raise
    return True
