"""What a task, a comment, an attachment and a list's address may hold."""

import re
from typing import Any

from domains.tasks.inputs import (
    Check,
    Wrong,
    choice,
    day,
    from_query,
    or_null,
    several,
    text,
    whole,
    words,
)
from domains.tasks.models import Priority, Status

MOST_LABELS = 20
MOST_SIZE = 2**40  # bytes
PAGE, MOST_ON_PAGE = 25, 100
LONGEST_QUERY = 200
# A search by rank looks at so many of the newest tasks that fit.
RANKED = 1000
ORDERS = ("created_at", "updated_at", "priority", "due", "rank")
ORDERINGS = tuple(sign + name for name in ORDERS for sign in ("-", ""))
CHECKSUM = re.compile(r"[0-9a-f]{64}")
KIND = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")

NEW: dict[str, Any] = {
    **{"description": "", "status": Status.OPEN.value, "priority": Priority.NORMAL.value},
    **{"assignee": None, "due": None, "labels": []},
}
TASK: dict[str, Check] = {
    "title": text(most=200),
    "description": text(most=20_000, blank=True),
    "status": choice(Status.values),
    "priority": choice(Priority.values),
    "assignee": or_null(whole()),
    "due": or_null(day),
    "labels": several(whole(), most=MOST_LABELS),
}
VERSION = whole(most=2**31 - 1)
CHANGED_TASK: dict[str, Check] = {"id": whole(), "version": VERSION, **TASK}
COMMENT: dict[str, Check] = {"body": text(most=10_000)}


def like(pattern: re.Pattern[str]) -> Check:
    """Text that is of a pattern as a whole."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise Wrong("It is not of the form that is needed.")
        return value

    return check


ATTACHMENT: dict[str, Check] = {
    "name": text(most=255),
    "size": whole(least=0, most=MOST_SIZE),
    "content_type": like(KIND),
    "checksum": like(CHECKSUM),
}
QUERY: dict[str, Check] = {
    "status": choice(Status.values),
    "priority": from_query(choice(Priority.values)),
    "assignee": from_query(whole()),
    "label": from_query(whole()),
    "due_before": day,
    "due_after": day,
    "q": words(most=LONGEST_QUERY),
    "ordering": choice(ORDERINGS),
    "cursor": text(most=500),
    "page_size": from_query(whole(most=MOST_ON_PAGE)),
    "format": text(most=10),
}
