"""Examples in the OpenAPI document: tasks, comments and attachments."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

ADA = {"id": 3, "name": "Ada"}
LINE: dict[str, Any] = {
    **{"id": 21, "project": 7, "number": 4, "title": "Turn the compost", "status": "open"},
    **{"priority": 1, "assignee": ADA, "due": "2026-12-01"},
    **{"labels": [{"id": 5, "name": "soil", "color": "#7a4b2a"}], "version": 1},
    **{"created_at": "2026-11-24T08:00:00Z", "updated_at": "2026-11-24T08:00:00Z"},
}
WHOLE = {**LINE, "description": "Both heaps.", "author": ADA}
TASK = OpenApiExample("a task", value=WHOLE, response_only=True, status_codes=["200", "201"])
PAGE = OpenApiExample(
    "a page",
    value={"next": None, "previous": None, "results": [LINE]},
    response_only=True,
    status_codes=["200"],
)
NEW_TASK = OpenApiExample(
    "a new one",
    value={"title": "Turn the compost", "labels": [5], "due": "2026-12-01"},
    request_only=True,
)
DONE = OpenApiExample("it is done", value={"status": "done"}, request_only=True)
MANY = OpenApiExample(
    "three changes",
    value={
        "create": [{"title": "Water the beds"}],
        "update": [{"id": 21, "version": 1, "status": "done"}],
        "delete": [20],
    },
    request_only=True,
)
MANY_DONE = OpenApiExample(
    "what came of it",
    value={"created": [WHOLE], "updated": [], "deleted": [20]},
    response_only=True,
    status_codes=["200"],
)
COMMENT = OpenApiExample(
    "a comment",
    value={
        **{"id": 31, "task": 21, "author": ADA, "created_at": "2026-11-24T09:00:00Z"},
        **{"body": "The left one is dry.", "edited_at": None},
    },
    response_only=True,
)
NEW_COMMENT = OpenApiExample("a new one", value={"body": "The left one is dry."}, request_only=True)
FILE = {
    **{"name": "plan.pdf", "size": 2048, "content_type": "application/pdf"},
    "checksum": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}
ATTACHMENT = OpenApiExample(
    "a file",
    value={"id": 41, "task": 21, "author": ADA, "created_at": "2026-11-24T09:00:00Z", **FILE},
    response_only=True,
)
NEW_ATTACHMENT = OpenApiExample("a new one", value=FILE, request_only=True)
