"""Whether PostgreSQL's disk has room, so that it can still write.

A full disk lets every read pass and fails every write: a question that only reads cannot see it.
This one sorts more than fits in memory, so that PostgreSQL writes to a temporary file on the volume
of its data: nothing stays there, no row is written, and nothing reaches the log of writes (WAL).
"""

import threading
import time

from django.db import OperationalError, connection, transaction
from psycopg.errors import DiskFull

ASKED_AGAIN = 10.0  # seconds for which an answer is believed, by each process
FULL = "its disk is full: it reads, and every write fails; free space, or enlarge the volume"
SPILL = "SELECT count(*) FROM (SELECT n FROM generate_series(1, 20000) AS n ORDER BY n DESC) sorted"
_lock = threading.Lock()
_known: tuple[bool, float] = (True, float("-inf"))


def has_room() -> bool:
    """Whether the disk has room. Raises DatabaseError when PostgreSQL cannot be asked."""
    global _known
    with _lock:
        found, at = _known
        if time.monotonic() - at < ASKED_AGAIN:
            return found
        found = _ask()
        _known = (found, time.monotonic())
        return found


def forget() -> None:
    """Ask at the next question."""
    global _known
    _known = (True, float("-inf"))


def is_full(error: BaseException | None) -> bool:
    """Whether this is a write that found no room."""
    return isinstance(error, DiskFull) or isinstance(getattr(error, "__cause__", None), DiskFull)


def _ask() -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64kB'")
            cursor.execute(SPILL)
    except OperationalError as error:
        if is_full(error):
            return False
        raise
    return True
