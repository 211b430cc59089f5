"""Fills empty tables as they are without indexes and foreign keys, which are built at the end.

For each row alone they cost more than the row itself. It is all in the caller's transaction: when
that fails everything is as before, and nobody sees a table without its keys, since the tables are
locked until it ends. That is only done to tables that hold nothing yet, and never to the accounts,
whose lock would stop every login.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, transaction

UNTOUCHED = "accounts_user"
# What is dropped and made again: unique and foreign keys, then indexes that are no key's.
DEFINED = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
  format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
    pg_get_constraintdef(oid)), contype = 'f'
FROM pg_constraint
WHERE conrelid = ANY(%(tables)s::regclass[]) AND contype IN ('u', 'f')
  AND confrelid <> %(untouched)s::regclass
UNION ALL
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid), false
FROM pg_index
WHERE indrelid = ANY(%(tables)s::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
ORDER BY 3
"""
OWNED = """
SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class
WHERE oid = ANY(%(tables)s::regclass[])
"""
REFERENCED = """
SELECT DISTINCT confrelid::regclass::text FROM pg_constraint
WHERE conrelid = ANY(%(tables)s::regclass[]) AND contype = 'f'
  AND confrelid <> %(untouched)s::regclass
"""


@contextmanager
def bare(tables: Sequence[str], *, cursor: Any) -> Iterator[bool]:
    """Inside of the `with` they have no key but the primary one, if that can be had: empty, ours,
    and nobody at them right now. Says whether it could.
    """
    given = {"tables": list(tables), "untouched": UNTOUCHED}
    if not _may_change(given, cursor=cursor) or not _locked(given, cursor=cursor):
        yield False
        return
    # Checks that wait for the end of the transaction would be in the way of what follows.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(DEFINED, given)
    defined = cursor.fetchall()
    for drop, _, _ in reversed(defined):
        cursor.execute(drop)
    yield True
    for _, make, _ in defined:
        cursor.execute(make)


def _may_change(given: dict[str, Any], *, cursor: Any) -> bool:
    """Whether they are ours, and hold nothing."""
    cursor.execute(OWNED, given)
    if not cursor.fetchone()[0]:
        return False
    cursor.execute(
        " UNION ALL ".join(f"(SELECT FROM {table} LIMIT 1)" for table in given["tables"])
    )
    found: int = cursor.rowcount
    return not found


def _locked(given: dict[str, Any], *, cursor: Any) -> bool:
    """Whether they could be locked at once, and what their keys refer to."""
    cursor.execute(REFERENCED, given)
    names = sorted({*given["tables"], *(row[0] for row in cursor.fetchall())})
    try:
        with transaction.atomic():
            cursor.execute(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE NOWAIT")
    except OperationalError:  # somebody is at them
        return False
    return True
