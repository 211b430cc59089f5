"""Statements that a client's input can make expensive, with a time limit of their own.

`DATABASE_STATEMENT_TIMEOUT` is for the slowest statement that may be right, 30 s; a search that
takes so long helps nobody, and holds a thread and a processor meanwhile.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled
from rest_framework.exceptions import APIException


class SearchTooSlow(APIException):
    """The time limit of a search ended it: the database is busy, or the search asks too much."""

    status_code = 503
    kind = "/problems/search-too-slow"
    title = "The search took too long"
    default_detail = "The search took too long. Use rarer words or fewer filters, or try again."
    wait = 2  # seconds, as Retry-After


@contextmanager
def search_limit() -> Iterator[None]:
    """Turn the end of a search's time into SearchTooSlow."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTooSlow() from None
        raise


def first_row(sql: str, values: Mapping[str, Any]) -> Any:
    """The first row of a search; None without one. Raises SearchTooSlow.

    Both statements travel together and are one transaction, so that the limit ends with it, and
    costs no round trip. PostgreSQL counts the time of each statement of such a text anew.
    """
    limit = f"SET LOCAL statement_timeout = {settings.SEARCH_TIMEOUT_MS}; "
    with search_limit(), connection.cursor() as cursor:
        cursor.execute(limit + sql, values)
        cursor.nextset()
        return cursor.fetchone()


@contextmanager
def search_transaction() -> Iterator[None]:
    """The same for queries of the ORM: a transaction with the limit. Raises SearchTooSlow."""
    with search_limit(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {settings.SEARCH_TIMEOUT_MS}")
        yield
