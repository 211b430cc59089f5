"""Counts what one request or task costs: queries, their time, cache hits and misses.

The current counts are in a context variable, so that no caller has to pass them on. Outside of a
request or task, nothing is counted.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar, Token
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]
MAX_STATEMENTS = 50  # kept of one request
MAX_SQL_LENGTH = 1000  # characters of a statement in the log


class RequestStats:
    """The counts of one request or task; times in seconds."""

    __slots__ = ("queries", "query_seconds", "statements", "cache_hits", "cache_misses")

    def __init__(self) -> None:
        self.queries = self.cache_hits = self.cache_misses = 0
        self.query_seconds = 0.0
        self.statements: list[tuple[str, float]] = []

    def as_log_fields(self) -> dict[str, Any]:
        """Return the counts as fields of a log line."""
        return {
            "queries": self.queries,
            "query_ms": round(self.query_seconds * 1000, 1),
            "cache_hits": self.cache_hits,
            "cache_misses": self.cache_misses,
        }

    def statements_for_log(self) -> list[dict[str, Any]]:
        """Return the statements with their times, without parameters."""
        return [
            {"sql": sql[:MAX_SQL_LENGTH], "ms": round(seconds * 1000, 1)}
            for sql, seconds in self.statements
        ]


_current: ContextVar[RequestStats | None] = ContextVar("request_stats", default=None)


def current() -> RequestStats | None:
    """Return the counts of the current request or task, or None outside of one."""
    return _current.get()


def begin() -> tuple[RequestStats, Token[RequestStats | None]]:
    """Start counting. Pass the token to `end`."""
    stats = RequestStats()
    return stats, _current.set(stats)


def end(token: Token[RequestStats | None]) -> None:
    """Stop counting. The counts that were current before are current again."""
    _current.reset(token)


def count_query(
    execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Django's execute wrapper: count the query and its time."""
    stats = _current.get()
    if stats is None:
        return execute(sql, params, many, context)
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        seconds = time.perf_counter() - began
        stats.queries += 1
        stats.query_seconds += seconds
        if len(stats.statements) < MAX_STATEMENTS:
            stats.statements.append((sql, seconds))


def count_queries_of(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Receiver of `connection_created`: count the queries of a new connection."""
    if count_query not in connection.execute_wrappers:
        connection.execute_wrappers.append(count_query)
