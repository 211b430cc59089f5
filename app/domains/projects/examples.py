"""Examples in the OpenAPI document: projects, members, labels, activity and the report."""

from drf_spectacular.utils import OpenApiExample

GARDEN = {
    **{"id": 7, "name": "Garden", "slug": "garden", "description": "", "is_public": False},
    **{"archived": False, "owner": 3, "role": "owner", "version": 1},
    **{"created_at": "2026-11-24T08:00:00Z", "updated_at": "2026-11-24T08:00:00Z"},
}
PROJECT = OpenApiExample("a project", value=GARDEN, response_only=True)
CHANGED_PROJECT = OpenApiExample("a change", value={"name": "Garden"}, request_only=True)
NEW_PROJECT = OpenApiExample("a new one", value={"name": "Garden"}, request_only=True)
PUBLIC_PROJECT = OpenApiExample(
    "a public project",
    value={
        **{"id": 7, "name": "Garden", "slug": "garden", "summary": "Beds and compost."},
        "updated_at": "2026-11-24T08:00:00Z",
    },
    response_only=True,
)
ACTIVITY = OpenApiExample(
    "a change",
    value={
        **{"id": 9, "actor": 3, "actor_name": "Ada", "verb": "changed", "subject": "project"},
        **{"subject_id": 7, "data": {"fields": ["name"]}, "created_at": "2026-11-24T08:00:00Z"},
    },
    response_only=True,
)
MEMBER = OpenApiExample(
    "a member",
    value={"user": 3, "name": "Ada", "role": "editor", "created_at": "2026-11-24T08:00:00Z"},
    response_only=True,
)
MEMBER_CODE = OpenApiExample(
    "a code",
    value={"user": 3, "code": "Mw:1vXk2Q:…", "expires_in": 604800},
    response_only=True,
)
NEW_ROLE = OpenApiExample("a role", value={"role": "editor"}, request_only=True)
LABEL = OpenApiExample(
    "a label",
    value={"id": 5, "project": 7, "name": "soil", "color": "#7a4b2a"},
    response_only=True,
)
CHANGED_LABEL = OpenApiExample("a change", value={"name": "urgent"}, request_only=True)
NEW_LABEL = OpenApiExample(
    "a new label", value={"name": "soil", "color": "#7a4b2a"}, request_only=True
)
REPORT = OpenApiExample(
    "a report",
    value={
        **{"total": 3, "overdue": 1, "by_status": {"open": 2, "doing": 0, "done": 1}},
        "by_priority": {"low": 0, "normal": 3, "high": 0, "urgent": 0},
        "by_assignee": [{"user": 3, "name": "Ada", "tasks": 3, "overdue": 1}],
    },
    response_only=True,
)
