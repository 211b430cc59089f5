"""Many changes of a project's tasks at once: all of them, or none.

Two statements, whatever their number: one looks at all that is named and holds it until the
end, one creates, changes and deletes.
"""

import json
from collections.abc import Callable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from rest_framework.exceptions import ValidationError

from core.api.etags import VersionStale
from core.db.statements import fetch_one
from domains.projects.access import Reached, writable
from domains.projects.models import Role
from domains.tasks import bulk_statements as sql
from domains.tasks.fields import CHANGED_TASK, NEW, TASK
from domains.tasks.inputs import Wrong, errors_in, several, whole
from domains.tasks.services import NO_LABEL, NO_MEMBER

MOST = 100
PARTS = ("create", "update", "delete")
NO_TASK = "The project has no such task."
TWICE = "The request names this task twice."
TOO_MANY = f"A request holds {MOST} changes at most."
NOTHING = "Nothing is asked for."
Errors = dict[str, Any]


def bulk_input(data: Any) -> dict[str, list[Any]]:
    """The checked parts. Raises ValidationError that says what is wrong, by part and place."""
    parts, wrong = errors_in(data, fields=dict.fromkeys(PARTS, _a_list))
    if not wrong and not any(parts.values()):
        wrong = {"non_field_errors": [NOTHING]}
    if not wrong and sum(map(len, parts.values())) > MOST:
        wrong = {"non_field_errors": [TOO_MANY]}
    if wrong:
        raise ValidationError(wrong)
    found: dict[str, list[Any]] = {name: [] for name in PARTS}
    errors: Errors = {}
    for name, fields, required in (
        ("create", TASK, ("title",)),
        ("update", CHANGED_TASK, ("id", "version")),
    ):
        for place, item in enumerate(parts.get(name, ())):
            good, bad = errors_in(item, fields=fields, required=required)
            found[name].append(good)
            if bad:
                errors.setdefault(name, {})[str(place)] = bad
    try:
        found["delete"] = several(whole(), most=MOST)(parts.get("delete", []))
    except Wrong as error:
        errors["delete"] = [str(error)]
    named = [item.get("id") for item in found["update"]] + found["delete"]
    if not errors and len(set(named)) != len(named):
        errors["non_field_errors"] = [TWICE]
    if errors:
        raise ValidationError(errors)
    return found


def _a_list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Wrong("A list is needed.")
    return value


def change_many(actor: int, project_id: int, *, parts: dict[str, list[Any]]) -> bytes:
    """Do it; the new and changed tasks as JSON, and the numbers of those that are gone.

    Raises as `writable` does, ValidationError, and VersionStale.
    """
    with transaction.atomic():
        project = _held(actor, project_id, parts=parts)
        values = {"actor": actor, "project": project.id}
        created, changed = _run(parts, values=values)
    deleted = json.dumps(parts["delete"])
    return f'{{"created":[{created}],"updated":[{changed}],"deleted":{deleted}}}'.encode()


def _run(parts: dict[str, list[Any]], *, values: dict[str, Any]) -> tuple[str, str]:
    """Do all of it; the new and the changed tasks as JSON, with commas between them."""
    given: dict[str, Any] = {
        **values,
        "new": _rows(parts["create"], defaults=NEW),
        "old": _rows(parts["update"]),
        "delete": parts["delete"],
    }
    created, changed = fetch_one(sql.DO, given)
    return str(created or ""), str(changed or "")


def _rows(items: list[Any], *, defaults: dict[str, Any] | None = None) -> str:
    rows = [
        {**(defaults or {}), **item, "place": place, "told": sorted(set(item) - {"id", "version"})}
        for place, item in enumerate(items)
    ]
    return json.dumps(rows, cls=DjangoJSONEncoder)


def _held(actor: int, project_id: int, *, parts: dict[str, list[Any]]) -> Reached:
    """The project, when all that the request names is there as it says; held until the end."""
    items = [*parts["create"], *parts["update"]]
    people = {item["assignee"] for item in items if item.get("assignee") is not None}
    labels = {label for item in items for label in item.get("labels") or ()}
    tasks = [item["id"] for item in parts["update"]] + parts["delete"]
    values = {"labels": list(labels), "people": list(people), "tasks": tasks}
    row = fetch_one(sql.HOLD, {**values, "actor": actor, "project": project_id})
    project = writable(Reached(*row[:6]) if row else None, at_least=Role.EDITOR)
    found_labels, found_people, versions = (json.loads(each) for each in row[6:])
    refused = _refused(
        parts,
        label=lambda number: number in found_labels,
        person=lambda number: number in found_people,
        task=lambda number: str(number) in versions,
    )
    if refused:
        raise ValidationError(refused)
    stale = [each["id"] for each in parts["update"] if versions[str(each["id"])] != each["version"]]
    if stale:
        raise VersionStale(f"These tasks were changed since you read them: {stale}.")
    return project


def _refused(parts: dict[str, list[Any]], **known: Callable[[int], bool]) -> Errors:
    """What is wrong, by part and place."""
    errors: Errors = {}
    for name in ("create", "update"):
        for place, item in enumerate(parts[name]):
            bad = {}
            if not all(map(known["label"], item.get("labels") or ())):
                bad["labels"] = [NO_LABEL]
            if item.get("assignee") is not None and not known["person"](item["assignee"]):
                bad["assignee"] = [NO_MEMBER]
            if name == "update" and not known["task"](item["id"]):
                bad["id"] = [NO_TASK]
            if bad:
                errors.setdefault(name, {})[str(place)] = bad
    for place, number in enumerate(parts["delete"]):
        if not known["task"](number):
            errors.setdefault("delete", {})[str(place)] = [NO_TASK]
    return errors
