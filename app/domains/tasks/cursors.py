"""Where a page begins: after (or before) one row, named by what it is sorted by and its id."""

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

    def sorting(self, *, down: bool, of: str = "") -> str:
        """For an ORDER BY; `of` stands for the key where that has a name."""
        way = "DESC" if down else "ASC"
        key = f"{of}.key" if of else self.key
        return f"{key} {way}, t.id {way}"

    def beyond(self, *, down: bool) -> str:
        """The condition for rows that come after the cursor's."""
        sign = "<" if down else ">"
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


NO_DAY = "COALESCE(t.due, '9999-12-31'::date)"
RANK = "ts_rank(t.search, websearch_to_tsquery('english', %(q)s))"
BY = {
    "created_at": Order(key="t.id", kind="bigint", read=_id),
    "updated_at": Order(key="t.updated_at", kind="timestamptz", read=datetime.fromisoformat),
    "priority": Order(key="t.priority", kind="smallint", read=_priority),
    "due": Order(key=NO_DAY, kind="date", read=date.fromisoformat),
    "rank": Order(key=RANK, kind="real", read=_rank),
}


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """One row of an ordering; `back` asks for what stands before it."""

    ordering: str
    key: str
    id: int
    back: bool

    def text(self) -> str:
        """As it stands in an address."""
        words = json.dumps([self.ordering, self.key, self.id, int(self.back)])
        return base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, given: str, *, ordering: str) -> Self:
        """The cursor. Raises NotFound for one that is none of ours, or of another ordering."""
        try:
            padded = given.encode("ascii") + b"=" * (-len(given) % 4)
            for_order, key, number, back = json.loads(
                base64.b64decode(padded, altchars=b"-_", validate=True)
            )
            if for_order != ordering or not 0 <= number <= LARGEST_ID:
                raise ValueError
            read = BY[ordering.removeprefix("-")].read(key)
            return cls(ordering=ordering, key=f"{read}", id=int(number), back=back == 1)
        except (ValueError, TypeError, RecursionError, binascii.Error):
            raise NotFound(INVALID) from None
