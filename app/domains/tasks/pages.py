"""The list of a project's tasks: one statement checks access, filters, sorts and writes JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from rest_framework.exceptions import ValidationError

from core.db.search_limits import search_transaction
from core.db.statements import fetch_one
from domains.projects.access import ACCESS_COLUMNS, MEMBER_JOIN, ProjectAccess, check_access
from domains.projects.models import Role
from domains.tasks.cursors import ORDERS, Cursor
from domains.tasks.json_sql import ASSIGNEE, as_json, list_columns
from domains.tasks.serializers import MAX_RANKED

DEFAULT_PAGE_SIZE = 25
COLUMNS = (
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
WITH access AS (
  SELECT {ACCESS_COLUMNS} FROM projects_project p {MEMBER_JOIN} WHERE p.id = %(project)s
), found AS (
  SELECT {", ".join(f"t.{name}" for name in COLUMNS)}, {{key}} AS key
  FROM {{source}}
  {{beyond}}
  ORDER BY {{sorting}} LIMIT {{size}} + 1
), page AS (
  SELECT t.*, row_number() OVER (ORDER BY {{placing}}) AS place FROM found t
)
SELECT access.*, (SELECT count(*) FROM page),
  (SELECT ARRAY[key::text, id::text] FROM page WHERE place = 1),
  (SELECT ARRAY[key::text, id::text] FROM page WHERE place = {{size}}),
  (SELECT string_agg({as_json(list_columns())}, ',' ORDER BY t.place {{direction}})
   FROM page t {ASSIGNEE} WHERE t.place <= {{size}})
FROM access
"""
# Without this limit a word that every task contains is ranked 60,000 times: 590 ms, where the
# newest 1,000 take 2. For such a word PostgreSQL walks back from the newest task; for a rare one it
# uses the index of words.
SOURCE = """tasks_task t
  WHERE t.project_id = %(project)s
    AND (%(shared)s OR EXISTS (SELECT FROM access WHERE is_public OR role IS NOT NULL))
    {conditions}"""
NEWEST = f"(SELECT t.* FROM {{source}} ORDER BY t.id DESC LIMIT {MAX_RANKED}) t"
RANK_NEEDS_Q = {"ordering": ["The order by rank needs q."]}


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """What a page depends on: the project, the URL without its query, and the checked query."""

    project: int
    url: str
    query: Mapping[str, Any]

    @property
    def ordering(self) -> str:
        """As the query says; by default the best match first for q, else the newest first."""
        return str(self.query.get("ordering") or ("-rank" if "q" in self.query else "-created_at"))

    @property
    def is_search(self) -> bool:
        """Whether PostgreSQL reads rows that are not shown: each filter may skip many."""
        return any(name in self.query for name in FILTERS)

    @property
    def size(self) -> int:
        """Rows on a page."""
        return int(self.query.get("page_size", DEFAULT_PAGE_SIZE))

    @property
    def cursor(self) -> Cursor | None:
        """Where it begins; None for the first page. Raises NotFound for a wrong cursor."""
        text = self.query.get("cursor")
        return Cursor.read(text, ordering=self.ordering) if text else None

    def link(self, row: list[str] | None, *, backwards: bool) -> str:
        """The URL of the page beyond a row, as JSON; null without one."""
        if row is None:
            return "null"
        cursor = Cursor(ordering=self.ordering, key=row[0], id=int(row[1]), backwards=backwards)
        query = {**self.query, "cursor": cursor.text()}
        return f'"{self.url}?{urlencode(query)}"'


def page(request: PageRequest, *, reader: int | None) -> bytes:
    """The page as JSON, for a user who may read it; without a reader, access is not checked.

    Raises as `check_access`, NotFound for a wrong cursor, and ValidationError.
    """
    cursor = request.cursor
    if request.ordering.endswith("rank") and "q" not in request.query:
        raise ValidationError(RANK_NEEDS_Q)
    values = {
        **request.query,
        **{"project": request.project, "actor": reader, "shared": reader is None},
    }
    if cursor:
        values |= {"cursor_key": cursor.key, "cursor_id": cursor.id}
    row = _fetch(request, values, cursor=cursor)
    if row is None:
        raise Http404
    if reader is not None:
        check_access(ProjectAccess(*row[:6]), at_least=Role.VIEWER)
    return _to_json(request, *row[6:], cursor=cursor)


def _fetch(request: PageRequest, values: Mapping[str, Any], *, cursor: Cursor | None) -> Any:
    """The statement's one row; a search has a time limit of its own."""
    backwards = cursor is not None and cursor.backwards
    descending = request.ordering.startswith("-") != backwards
    order = request.ordering.removeprefix("-")
    filters = [sql for name, sql in FILTERS.items() if name in request.query]
    place = {"descending": descending, "backwards": backwards, "continued": cursor is not None}
    sql = _sql(order, filters, size=request.size, **place)
    if not request.is_search:
        return fetch_one(sql, values)
    with search_transaction():
        return fetch_one(sql, values)


def _sql(
    name: str,
    filters: list[str],
    *,
    size: int,
    descending: bool,
    backwards: bool,
    continued: bool,
) -> str:
    """The statement. The size stands in it as a number, since PostgreSQL keeps no plan for a
    LIMIT that it does not know (decision 0038).
    """
    order = ORDERS[name]
    beyond = order.beyond(descending=descending) if continued else "true"
    source = SOURCE.format(conditions="".join(f"AND {sql} " for sql in filters))
    ranked = name == "rank"
    return STATEMENT.format(
        size=size,
        key=order.key,
        source=NEWEST.format(source=source) if ranked else source,
        beyond=f"{'WHERE' if ranked else 'AND'} {beyond}",
        sorting=order.sorting(descending=descending),
        placing=order.sorting(descending=descending, key="t.key"),
        direction="DESC" if backwards else "ASC",
    )


def _to_json(
    request: PageRequest,
    count: int,
    first: list[str] | None,
    last: list[str] | None,
    rows: str | None,
    *,
    cursor: Cursor | None,
) -> bytes:
    """The page with its links. A page that was read backwards has its rows in reverse."""
    beyond = last if count > request.size else None
    before = first if cursor else None
    backwards = cursor is not None and cursor.backwards
    next_row, previous_row = (before, beyond) if backwards else (beyond, before)
    links = f'"next":{request.link(next_row, backwards=False)}'
    links += f',"previous":{request.link(previous_row, backwards=True)}'
    return f'{{{links},"results":[{rows or ""}]}}'.encode()
