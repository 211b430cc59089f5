"""Which database a query goes to, where there are replicas: nobody reads their own write stale.

After each request that wrote, the primary's position in its log (WAL) is kept for who wrote. A
later request of theirs reads from a replica only when that replica has replayed this far, and
from the primary until then. No clock is trusted: a replica that is an hour behind is simply not
read from. Outside of requests (tasks, commands) everything goes to the primary.
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

ASKED_AGAIN = 1.0  # seconds that a replica's last known position is believed to be its latest
AWAY = 5.0  # seconds for which a replica that did not answer is left alone
EVERYTHING = 2**62  # no replica is that far: read from the primary
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
POSITION = "SELECT pg_current_wal_lsn() - '0/0'"
REPLAYED = """SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
 ELSE pg_current_wal_lsn() END - '0/0'"""


@dataclass
class Reading:
    """What one request may read: from the position that it must see (bytes of WAL) on."""

    required: int | None
    wrote: bool = False
    replica: str | None = None


_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)
_known: dict[str, tuple[int, float]] = {}
_lock = threading.Lock()


def begin(*, method: str | None, required: int | None) -> Any:
    """A request begins. Returns the token for `end`; `required` is what its user wrote last."""
    return _reading.set(Reading(required=required, wrote=method not in SAFE))


def end(token: Any, *, ask: bool = True) -> int | None:
    """The request is over. The position to keep for its user; None when nothing was written.

    Without `ask` it is known that nothing was: the primary is not asked.
    """
    reading = _reading.get()
    _reading.reset(token)
    if not ask or reading is None or not reading.wrote:
        return None
    try:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(POSITION)
            return int(cursor.fetchone()[0])
    except (DatabaseError, InterfaceError, PoolTimeout):
        return EVERYTHING  # it may have been written all the same


@contextmanager
def from_primary() -> Iterator[None]:
    """Read from the primary: for an answer that others will get, who may have written since."""
    token = _reading.set(Reading(required=None, wrote=True))
    try:
        yield
    finally:
        _reading.reset(token)


def _replayed(alias: str) -> int:
    """How far the replica is; -1 for one that does not answer."""
    with _lock:
        position, until = _known.get(alias, (-1, 0.0))
        if time.monotonic() < until:
            return position
        # Others go on with what was known, while one asks.
        _known[alias] = (position, time.monotonic() + ASKED_AGAIN)
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute(REPLAYED)
            found, believed = int(cursor.fetchone()[0]), ASKED_AGAIN
    except (DatabaseError, InterfaceError, PoolTimeout):
        found, believed = -1, AWAY
    with _lock:
        _known[alias] = (found, time.monotonic() + believed)
    return found


def _choose(reading: Reading) -> str:
    """A replica that knows enough, the same one for the whole request; else the primary."""
    if reading.replica is None:
        needed = max(reading.required or 0, 0)
        fit = [alias for alias in settings.REPLICAS if _replayed(alias) >= needed]
        reading.replica = random.choice(fit) if fit else DEFAULT_DB_ALIAS
    return reading.replica


class Router:
    """Django's router. Only installed where replicas are configured."""

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
