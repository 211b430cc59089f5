"""Routing of reads to replicas, so that every client reads its own writes.

After a request that wrote, the primary's position in its write-ahead log (WAL) is stored for the
client. A later request of that client reads from a replica only if the replica has replayed this
position, else from the primary. No clock is involved: a replica that is an hour behind is not read
from. Outside of requests (tasks, commands) everything goes to the primary.
"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections
from psycopg_pool import PoolTimeout

POSITION_TTL = 1.0  # seconds for which a replica's last known position is used
RETRY_SECONDS = 5.0  # after which a replica that did not answer is tried again
PRIMARY_REQUIRED = 2**62  # no replica is that far: read from the primary
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
POSITION = "SELECT pg_current_wal_lsn() - '0/0'"
REPLAYED = """SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
 ELSE pg_current_wal_lsn() END - '0/0'"""


@dataclass
class RequestReads:
    """What one request may read: `required` is the position (bytes of WAL) that it must see."""

    required: int | None
    wrote: bool = False
    replica: str | None = None


_reading: ContextVar[RequestReads | None] = ContextVar("request_reads", default=None)
_known: dict[str, tuple[int, float]] = {}
_lock = threading.Lock()


def begin(*, method: str | None, required: int | None) -> Any:
    """Begin a request; `required` is its client's last write. Returns the token for `end`."""
    return _reading.set(RequestReads(required=required, wrote=method not in SAFE))


def end(token: Any, *, may_have_written: bool = True) -> int | None:
    """End a request. Returns the position to store for its client; None if nothing was written."""
    reading = _reading.get()
    _reading.reset(token)
    if not may_have_written or reading is None or not reading.wrote:
        return None
    try:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(POSITION)
            return int(cursor.fetchone()[0])
    except (DatabaseError, InterfaceError, PoolTimeout):
        return PRIMARY_REQUIRED  # it may have been written all the same


@contextmanager
def from_primary() -> Iterator[None]:
    """Read from the primary: for a shared answer, whose other readers may have written since."""
    token = _reading.set(RequestReads(required=None, wrote=True))
    try:
        yield
    finally:
        _reading.reset(token)


def _replayed(alias: str) -> int:
    """The position that the replica has replayed; -1 for one that does not answer."""
    with _lock:
        position, until = _known.get(alias, (-1, 0.0))
        if time.monotonic() < until:
            return position
        # Other threads use the last known position while one asks.
        _known[alias] = (position, time.monotonic() + POSITION_TTL)
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute(REPLAYED)
            found, seconds = int(cursor.fetchone()[0]), POSITION_TTL
    except (DatabaseError, InterfaceError, PoolTimeout):
        found, seconds = -1, RETRY_SECONDS
    with _lock:
        _known[alias] = (found, time.monotonic() + seconds)
    return found


def _choose(reading: RequestReads) -> str:
    """A replica that is far enough, the same for the whole request; else the primary."""
    if reading.replica is None:
        needed = max(reading.required or 0, 0)
        current = [alias for alias in settings.REPLICAS if _replayed(alias) >= needed]
        reading.replica = random.choice(current) if current else DEFAULT_DB_ALIAS
    return reading.replica


class Router:
    """Django's database router, installed where replicas are configured."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        """The primary after a write, in a transaction and for accounts; else a replica."""
        reading = _reading.get()
        if reading is None or reading.wrote or model._meta.app_label in settings.PRIMARY_ONLY:
            return DEFAULT_DB_ALIAS
        if connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return DEFAULT_DB_ALIAS
        return _choose(reading)

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """The primary; from now on this request reads there too."""
        if reading := _reading.get():
            reading.wrote = True
        return DEFAULT_DB_ALIAS

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool:
        """All servers hold the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Replicas take their tables from the primary."""
        return db == DEFAULT_DB_ALIAS
