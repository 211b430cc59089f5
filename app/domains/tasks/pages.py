"""One page of a project's tasks: filtered, sorted and written as JSON in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from rest_framework.exceptions import ValidationError

from core.db.search_limits import search_transaction
from core.db.statements import fetch_one
from domains.projects.access import Reached, checked
from domains.projects.models import Role
from domains.tasks.access import MEMBER, REACHED
from domains.tasks.cursors import BY, Cursor
from domains.tasks.fields import PAGE, RANKED
from domains.tasks.shape import ASSIGNEE, as_text, line

KEPT = (
    *("id", "project_id", "number", "title", "status", "priority", "assignee_id", "due"),
    *("version", "created_at", "updated_at"),
)
FILTERS = {
    "status": "t.status = %(status)s",
    "priority": "t.priority = %(priority)s",
    "assignee": "t.assignee_id = %(assignee)s",
    "label": (
        "EXISTS (SELECT FROM tasks_tasklabel k"
        " WHERE k.task_id = t.id AND k.label_id = %(label)s)"
    ),
    "due_before": "t.due < %(due_before)s",
    "due_after": "t.due > %(due_after)s",
    "q": "t.search @@ websearch_to_tsquery('english', %(q)s)",
}
STATEMENT = f"""
WITH reached AS (
  SELECT {REACHED} FROM projects_project p {MEMBER} WHERE p.id = %(project)s
), found AS (
  SELECT {", ".join(f"t.{name}" for name in KEPT)}, {{key}} AS key
  FROM {{source}}
  {{beyond}}
  ORDER BY {{sorting}} LIMIT {{size}} + 1
), placed AS (
  SELECT t.*, row_number() OVER (ORDER BY {{placing}}) AS place FROM found t
)
SELECT r.*, (SELECT count(*) FROM placed),
  (SELECT ARRAY[key::text, id::text] FROM placed WHERE place = 1),
  (SELECT ARRAY[key::text, id::text] FROM placed WHERE place = {{size}}),
  (SELECT string_agg({as_text(line())}, ',' ORDER BY t.place {{way}})
   FROM placed t {ASSIGNEE} WHERE t.place <= {{size}})
FROM reached r
"""
# Without a limit a word that every task holds is ranked 60,000 times: 590 ms, where the newest
# 1,000 take 2. PostgreSQL walks back from the newest task for such a word, and takes the index of
# words for a rare one.
SOURCE = """tasks_task t
  WHERE t.project_id = %(project)s
    AND (%(shared)s OR EXISTS (SELECT FROM reached r WHERE r.is_public OR r.role IS NOT NULL))
    {conditions}"""
NEWEST = f"(SELECT t.* FROM {{source}} ORDER BY t.id DESC LIMIT {RANKED}) t"
RANK_NEEDS_Q = {"ordering": ["The order by rank needs q."]}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a page depends on: the project, the address without its query, and the query."""

    project: int
    address: str
    given: Mapping[str, Any]

    @property
    def ordering(self) -> str:
        """As the query says; the best first for a search, the newest first for a list."""
        return str(self.given.get("ordering") or ("-rank" if "q" in self.given else "-created_at"))

    @property
    def is_search(self) -> bool:
        """Whether rows are looked at that are not shown: each filter may pass over many."""
        return any(name in self.given for name in FILTERS)

    @property
    def size(self) -> int:
        """Rows on a page."""
        return int(self.given.get("page_size", PAGE))

    @property
    def cursor(self) -> Cursor | None:
        """Where it begins; None for the first page."""
        given = self.given.get("cursor")
        return Cursor.read(given, ordering=self.ordering) if given else None

    def link(self, row: list[str] | None, *, back: bool) -> str:
        """The address of the page beyond a row, as JSON; null without one."""
        if row is None:
            return "null"
        cursor = Cursor(ordering=self.ordering, key=row[0], id=int(row[1]), back=back)
        query = {**self.given, "cursor": cursor.text()}
        return f'"{self.address}?{urlencode(query)}"'


def page(asked: Asked, *, reader: int | None) -> bytes:
    """The page as JSON, for who may read; without a reader, for a cache that asks this itself.

    Raises Http404 as `project_for` does, NotFound for a wrong cursor, and ValidationError.
    """
    cursor = asked.cursor
    if asked.ordering.endswith("rank") and "q" not in asked.given:
        raise ValidationError(RANK_NEEDS_Q)
    values = {
        **asked.given,
        **{"project": asked.project, "actor": reader, "shared": reader is None},
    }
    if cursor:
        values |= {"cursor_key": cursor.key, "cursor_id": cursor.id}
    row = _row(asked, values, cursor=cursor)
    if row is None:
        raise Http404
    if reader is not None:
        checked(Reached(*row[:6]), at_least=Role.VIEWER)
    return _written(asked, cursor=cursor, found=row[6:])


def _row(asked: Asked, values: Mapping[str, Any], *, cursor: Cursor | None) -> Any:
    back = cursor is not None and cursor.back
    down = asked.ordering.startswith("-") != back
    name = asked.ordering.removeprefix("-")
    filters = [text for name, text in FILTERS.items() if name in asked.given]
    text = _text(name, filters, size=asked.size, down=down, back=back, goes_on=cursor is not None)
    if not asked.is_search:
        return fetch_one(text, values)
    with search_transaction():
        return fetch_one(text, values)


def _text(
    name: str, filters: list[str], *, size: int, down: bool, back: bool, goes_on: bool
) -> str:
    """The statement. The size stands in it as a number, since PostgreSQL keeps no plan for a
    LIMIT that it does not know (decision 0038).
    """
    order = BY[name]
    beyond = order.beyond(down=down) if goes_on else "true"
    source = SOURCE.format(conditions="".join(f"AND {text} " for text in filters))
    ranked = name == "rank"
    return STATEMENT.format(
        size=size,
        key=order.key,
        source=NEWEST.format(source=source) if ranked else source,
        beyond=f"{'WHERE' if ranked else 'AND'} {beyond}",
        sorting=order.sorting(down=down),
        placing=order.sorting(down=down, of="t"),
        way="DESC" if back else "ASC",
    )


def _written(asked: Asked, *, cursor: Cursor | None, found: Any) -> bytes:
    """The page with its links; a page that was asked for backwards has its rows turned round."""
    count, first, last, rows = found
    far, near = (last if count > asked.size else None), (first if cursor else None)
    back = cursor is not None and cursor.back
    following, previous = (near, far) if back else (far, near)
    links = f'"next":{asked.link(following, back=False)}'
    links += f',"previous":{asked.link(previous, back=True)}'
    return f'{{{links},"results":[{rows or ""}]}}'.encode()
