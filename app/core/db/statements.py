"""Statements of our own, run on the primary.

Parameters stand in a statement by name, `%(name)s`. psycopg prepares a statement that a connection
runs again and again (DATABASE_PREPARED_STATEMENTS); decision 0038 has the measurements.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection


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
