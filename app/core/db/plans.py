"""Statements that PostgreSQL plans once in each connection (decision 0019).

Ours do much in one statement, which takes PostgreSQL longer to plan than to do. They are prepared
with SQL's own PREPARE and EXECUTE, not the protocol's: the request's id is a comment in the text
of each EXECUTE, where a prepared statement of the protocol has one text for ever.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.backends.utils import CursorWrapper
from psycopg import Connection
from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName

PLACE = re.compile(r"%\((\w+)\)s|%%")
# By name, whether the plan is good: one that is not is still there, until it is made anew.
_prepared: WeakKeyDictionary[Connection[Any], dict[str, bool]] = WeakKeyDictionary()


def planned_anew(sql: str, values: Mapping[str, Any]) -> Any:
    """The first row of a statement with too many texts to keep their plans; None without one."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


class Planned:
    """A statement of ours: a word that stands for it in logs, and its text.

    Parameters stand in it by name, `%(name)s`. It must be one of a known number of texts: a
    connection keeps the plan of each until it ends.
    """

    def __init__(self, word: str, sql: str) -> None:
        numbers: dict[str, int] = {}

        def numbered(place: re.Match[str]) -> str:
            name = place[1]
            return "%" if name is None else f"${numbers.setdefault(name, len(numbers) + 1)}"

        text = PLACE.sub(numbered, sql)
        # The text is part of the name: another release's is another statement.
        self.name = f"{word}_{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        self.sql = sql
        self._prepare = f"PREPARE {self.name} AS {text}"
        given = ", ".join(f"%({name})s" for name in numbers)
        self._execute = f"EXECUTE {self.name}" + (f" ({given})" if given else "")

    def one(self, values: Mapping[str, Any]) -> Any:
        """Run it on the primary; its first row, None without one."""
        with connection.cursor() as cursor:
            self.execute(cursor, values)
            return cursor.fetchone()

    def execute(self, cursor: CursorWrapper, values: Mapping[str, Any]) -> None:
        """Run it. Raises as the cursor does."""
        if not settings.DATABASE_PLANS:
            cursor.execute(self.sql, values)
            return
        known = _prepared.setdefault(cursor.connection, {})
        if not known.get(self.name):
            self._be_prepared(cursor, anew=self.name in known)
            known[self.name] = True
        try:
            cursor.execute(self._execute, values)
        except DatabaseError as error:
            # A pooler gave us another session; or a column that it returns has another type now.
            if isinstance(error.__cause__, InvalidSqlStatementName):
                del known[self.name]
            elif isinstance(error.__cause__, FeatureNotSupported):
                known[self.name] = False
            else:
                raise
            # A transaction cannot go on after an error: the next one will do.
            if cursor.db.in_atomic_block:
                raise
            cursor.execute(self.sql, values)

    def _be_prepared(self, cursor: CursorWrapper, *, anew: bool) -> None:
        """Below Django's own cursor: it is not the request's statement, but the connection's."""
        text = f"DEALLOCATE {self.name}; {self._prepare}" if anew else self._prepare
        with cursor.db.wrap_database_errors:
            cursor.cursor.execute(text)
