"""What one request or task costs: its queries, their time, and what the cache knew.

An open ledger is found through a context variable, so that no caller has to pass it on. Outside
of one, nothing is counted.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar, Token
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from core.observability.log_format import request_id

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]
KEPT = 50  # statements; a request with more than these shows its trouble by their number
LONGEST = 1000  # characters of a statement in the log


class Ledger:
    """The counts of one request or task; times in seconds."""

    __slots__ = ("queries", "query_seconds", "statements", "cache_hits", "cache_misses")

    def __init__(self) -> None:
        self.queries = self.cache_hits = self.cache_misses = 0
        self.query_seconds = 0.0
        self.statements: list[tuple[str, float]] = []

    def told(self) -> dict[str, Any]:
        """The counts as fields of a log line."""
        return {
            "queries": self.queries,
            "query_ms": round(self.query_seconds * 1000, 1),
            "cache_hits": self.cache_hits,
            "cache_misses": self.cache_misses,
        }

    def listed(self) -> list[dict[str, Any]]:
        """The statements, without their parameters, each with its time."""
        return [
            {"sql": sql[:LONGEST], "ms": round(seconds * 1000, 1)}
            for sql, seconds in self.statements
        ]


_current: ContextVar[Ledger | None] = ContextVar("ledger", default=None)


def current() -> Ledger | None:
    """The open ledger of this thread of work."""
    return _current.get()


def begin() -> tuple[Ledger, Token[Ledger | None]]:
    """Open a ledger; `end` takes the token."""
    opened = Ledger()
    return opened, _current.set(opened)


def end(token: Token[Ledger | None]) -> None:
    """Close it: what was open before goes on."""
    _current.reset(token)


def count_query(
    execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Django's execute wrapper: counts, and tells PostgreSQL whose statement it is."""
    ledger = _current.get()
    if ledger is None:
        return execute(sql, params, many, context)
    # An id holds letters, digits and ._- only (`middleware`): it cannot end the comment.
    identity = request_id.get()
    marked = f"/* request {identity} */ {sql}" if identity else sql
    began = time.perf_counter()
    try:
        return execute(marked, params, many, context)
    finally:
        spent = time.perf_counter() - began
        ledger.queries += 1
        ledger.query_seconds += spent
        if len(ledger.statements) < KEPT:
            ledger.statements.append((sql, spent))


def watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Receives `connection_created`: a thread's connection counts from its first opening on."""
    if count_query not in connection.execute_wrappers:
        connection.execute_wrappers.append(count_query)
