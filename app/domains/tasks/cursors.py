"""Keyset cursors: a page begins after (or before) a row, named by its sort key and its id."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from rest_framework.exceptions import NotFound

from core.api.path_converters import LARGEST_ID
from domains.tasks.models import Priority

INVALID = "Invalid cursor"


@dataclass(frozen=True, kw_only=True)
class Order:
    """A column or expression of `t` that a list is sorted by, and how its value is read."""

    key: str
    kind: str
    read: Callable[[str], Any]

    def sorting(self, *, descending: bool, key: str = "") -> str:
        """The ORDER BY; `key` is the sort key's name where it has one."""
        direction = "DESC" if descending else "ASC"
        return f"{key or self.key} {direction}, t.id {direction}"

    def beyond(self, *, descending: bool) -> str:
        """The condition for rows that come after the cursor's."""
        sign = "<" if descending else ">"
        given = f"(%(cursor_key)s::{self.kind}, %(cursor_id)s::bigint)"
        return f"({self.key}, t.id) {sign} {given}"


def _id(given: str) -> int:
    number = int(given)
    if not 0 <= number <= LARGEST_ID:
        raise ValueError
    return number


def _priority(given: str) -> Priority:
    return Priority(int(given))


def _rank(given: str) -> float:
    rank = float(given)
    if rank and not 1e-30 < rank < 1e30:  # beyond, PostgreSQL's `real` has no such number
        raise ValueError
    return rank


DUE = "COALESCE(t.due, '9999-12-31'::date)"
RANK = "ts_rank(t.search, websearch_to_tsquery('english', %(q)s))"
ORDERS = {
    "created_at": Order(key="t.id", kind="bigint", read=_id),
    "updated_at": Order(key="t.updated_at", kind="timestamptz", read=datetime.fromisoformat),
    "priority": Order(key="t.priority", kind="smallint", read=_priority),
    "due": Order(key=DUE, kind="date", read=date.fromisoformat),
    "rank": Order(key=RANK, kind="real", read=_rank),
}


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """One row of an ordering; `backwards` means the rows before it."""

    ordering: str
    key: str
    id: int
    backwards: bool

    def text(self) -> str:
        """The cursor as it stands in a URL."""
        text = json.dumps([self.ordering, self.key, self.id, int(self.backwards)])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, given: str, *, ordering: str) -> Self:
        """The cursor. Raises NotFound for one that is none of ours, or of another ordering."""
        try:
            padded = given.encode("ascii") + b"=" * (-len(given) % 4)
            for_order, key, number, backwards = json.loads(
                base64.b64decode(padded, altchars=b"-_", validate=True)
            )
            if for_order != ordering or not 0 <= number <= LARGEST_ID:
                raise ValueError
            read = ORDERS[ordering.removeprefix("-")].read(key)
            return cls(ordering=ordering, key=f"{read}", id=int(number), backwards=backwards == 1)
        except (ValueError, TypeError, RecursionError, binascii.Error):
            raise NotFound(INVALID) from None
