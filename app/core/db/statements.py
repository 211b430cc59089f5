"""Statements of our own, run on the primary.

Parameters stand in a statement by name, `%(name)s`. psycopg prepares what a connection runs again
and again (DATABASE_PREPARED_STATEMENTS); decision 0038 has the measurements.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import NotSupportedError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

STALE_PLAN = "cached plan must not change result type"


def fetch_one(sql: str, values: Mapping[str, Any]) -> Any:
    """Run a statement; return its first row, None without one."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


def fetch_all(sql: str, values: Mapping[str, Any]) -> list[Any]:
    """Run a statement; return all of its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[Any] = cursor.fetchall()
        return rows


def renew_stale_plan(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Django's execute wrapper: run a statement again whose prepared plan a migration broke.

    PostgreSQL refuses a prepared statement when a column that it returns has another type since.
    In a transaction the request fails, and the rollback lets psycopg prepare all anew.
    """
    try:
        return execute(sql, params, many, context)
    except NotSupportedError as error:
        if STALE_PLAN not in str(error) or context["connection"].in_atomic_block:
            raise
    context["cursor"].execute("DEALLOCATE ALL")
    return execute(sql, params, many, context)


def install(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Receive `connection_created`: every statement of the connection goes through the wrapper."""
    if renew_stale_plan not in connection.execute_wrappers:
        connection.execute_wrappers.append(renew_stale_plan)
