"""Many changes of a project's tasks in one request: all of them, or none.

Two statements, whatever their number: one locks everything that is named, one creates, changes and
deletes.
"""

import json
from collections.abc import Container
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from rest_framework.exceptions import ValidationError

from core.api.etags import VersionStale
from core.db.statements import fetch_one
from domains.projects.access import ProjectAccess, check_writable
from domains.projects.models import Role
from domains.tasks import bulk_statements as sql
from domains.tasks.serializers import MAX_CHANGES, BulkInput
from domains.tasks.services import DEFAULTS, NO_LABEL, NO_MEMBER

PARTS = ("create", "update", "delete")
NO_TASK = "The project has no such task."
TWICE = "The request names this task twice."
TOO_MANY = f"A request holds {MAX_CHANGES} changes at most."
EMPTY = "The request changes nothing."
Changes = dict[str, list[Any]]


def checked_changes(data: Any) -> Changes:
    """The checked parts. Raises ValidationError with the errors by part and index."""
    given = BulkInput(data=data)
    given.is_valid(raise_exception=True)
    changes: Changes = {name: given.validated_data.get(name, []) for name in PARTS}
    count = sum(map(len, changes.values()))
    ids = [item["id"] for item in changes["update"]] + changes["delete"]
    for wrong, message in (
        (not count, EMPTY),
        (count > MAX_CHANGES, TOO_MANY),
        (len(set(ids)) != len(ids), TWICE),
    ):
        if wrong:
            raise ValidationError({"non_field_errors": [message]})
    return changes


def change_many(actor: int, project_id: int, *, changes: Changes) -> bytes:
    """Make the changes; the new and changed tasks as JSON, and the ids of the deleted ones.

    Raises as `check_writable`, ValidationError, and VersionStale.
    """
    with transaction.atomic():
        _lock(actor, project_id, changes=changes)
        created, updated = fetch_one(
            sql.APPLY,
            {
                **{"actor": actor, "project": project_id, "delete": changes["delete"]},
                "new": _rows(changes["create"], defaults=DEFAULTS),
                "old": _rows(changes["update"], defaults={}),
            },
        )
    deleted = json.dumps(changes["delete"])
    return (
        f'{{"created":[{created or ""}],"updated":[{updated or ""}],"deleted":{deleted}}}'.encode()
    )


def _rows(items: list[Any], *, defaults: dict[str, Any]) -> str:
    rows = [
        {**defaults, **item, "index": index, "fields": sorted(set(item) - {"id", "version"})}
        for index, item in enumerate(items)
    ]
    return json.dumps(rows, cls=DjangoJSONEncoder)


def _lock(actor: int, project_id: int, *, changes: Changes) -> None:
    """Lock the project and the tasks, and check everything that the request names."""
    items = [*changes["create"], *changes["update"]]
    users = {item["assignee"] for item in items if item.get("assignee") is not None}
    labels = {label for item in items for label in item.get("labels", ())}
    tasks = [item["id"] for item in changes["update"]] + changes["delete"]
    values = {"labels": list(labels), "users": list(users), "tasks": tasks}
    row = fetch_one(sql.LOCK, {**values, "actor": actor, "project": project_id})
    check_writable(ProjectAccess(*row[:6]) if row else None, at_least=Role.EDITOR)
    found_labels, found_users, versions = (json.loads(each) for each in row[6:])
    errors = _errors(changes, labels=found_labels, users=found_users, tasks=versions)
    if errors:
        raise ValidationError(errors)
    stale = [
        item["id"] for item in changes["update"] if versions[str(item["id"])] != item["version"]
    ]
    if stale:
        raise VersionStale(f"These tasks were changed since you read them: {stale}.")


def _errors(
    changes: Changes, *, labels: Container[int], users: Container[int], tasks: Container[str]
) -> dict[str, Any]:
    """What the request names and the project does not have, by part and index."""
    errors: dict[str, Any] = {}
    for part in ("create", "update"):
        for index, item in enumerate(changes[part]):
            wrong = {}
            if not all(label in labels for label in item.get("labels", ())):
                wrong["labels"] = [NO_LABEL]
            if item.get("assignee") is not None and item["assignee"] not in users:
                wrong["assignee"] = [NO_MEMBER]
            if part == "update" and str(item["id"]) not in tasks:
                wrong["id"] = [NO_TASK]
            if wrong:
                errors.setdefault(part, {})[str(index)] = wrong
    for index, task_id in enumerate(changes["delete"]):
        if str(task_id) not in tasks:
            errors.setdefault("delete", {})[str(index)] = [NO_TASK]
    return errors
