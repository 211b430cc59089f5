"""Searches have a time limit of their own.

`DATABASE_STATEMENT_TIMEOUT` is for the slowest statement that may be right, 30 s; a search that
takes so long helps no client, and holds a thread and a processor meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager

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
def search_transaction() -> Iterator[None]:
    """A transaction whose statements may each take APP_SEARCH_TIMEOUT_MS. Raises SearchTooSlow."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {settings.SEARCH_TIMEOUT_MS}")
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTooSlow() from None
        raise
