"""What no schema can tell of valid input: that what it names belongs to the project."""

from collections.abc import Callable
from typing import Any

from schemathesis import Case
from schemathesis.generation import GenerationMode

from domains.projects.models import Project
from endpoints.world import World

MOST = 100  # changes in one bulk request
ONE = {"create": [{"title": "One at least"}]}


def name_what_is_there(case: Case, world: World) -> None:
    """Put real rows for most of the made-up numbers of an address: else nearly all would be 404."""
    for name, value in case.path_parameters.items():
        row = getattr(world, name.removesuffix("_id").replace("user", "viewer"), None)
        if row is not None and type(value) is int and value % 4 != 3:
            case.path_parameters[name] = row.pk


def refer_to_the_project(case: Case) -> None:
    """Let a valid request about tasks name members, labels and tasks of the project.

    All else of it stays as it was made up; so does a request that is not valid.
    """
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if "rank" in str(case.query.get("ordering")) and "q" not in case.query:
        case.query = {**case.query, "q": "words"}  # that a task could fit
    make = MADE.get(case.operation.definition.raw["operationId"])
    if make is not None and isinstance(case.body, dict):
        case.body = make(case.body, project_of(case.path_parameters))


def name_what_is_free(case: Case, *, number: int) -> None:
    """Let no request of one way name something as an earlier one has done; `number` is its own."""
    fresh = FRESH.get(case.operation.definition.raw["operationId"])
    if fresh is None or not isinstance(case.body, dict):
        return
    name, make = fresh
    if name in case.body or case.method == "POST":
        case.body = {**case.body, name: make(case.body.get(name, ""), number)}


def project_of(named: dict[str, Any]) -> Project | None:
    """The project that an address is about."""
    if "project_id" in named:
        return Project.objects.filter(pk=named["project_id"]).first()
    return Project.objects.filter(tasks=named.get("task_id")).first()


def task(given: dict[str, Any], project: Project | None) -> dict[str, Any]:
    """A task's input with people and labels of the project."""
    known: dict[str, Any] = {}
    if project is None:
        return given
    if given.get("assignee") is not None:
        people = project.memberships.values_list("user_id", flat=True).order_by("pk")
        known["assignee"] = people[given["assignee"] % len(people)]
    if "labels" in given:
        labels = project.labels.values_list("pk", flat=True).order_by("pk")
        known["labels"] = list(labels[: len(given["labels"])])
    return {**given, **known}


def many(given: dict[str, Any], project: Project | None) -> dict[str, Any]:
    """The same for many, which name no task twice, are not too many, and not none."""
    there = iter(project.tasks.order_by("-pk") if project else ())
    found = {name: items[: MOST // 3] for name, items in given.items()}
    if "create" in found:
        found["create"] = [task(item, project) for item in found["create"]]
    if "update" in found:
        found["update"] = [
            task({**item, "id": row.pk, "version": row.version}, project)
            for item, row in zip(found["update"], there, strict=False)
        ]
    if "delete" in found:
        found["delete"] = [row.pk for _, row in zip(found["delete"], there, strict=False)]
    return found if any(found.values()) else ONE


MADE = {"tasks_create": task, "tasks_change": task, "tasks_bulk": many}
FRESH: dict[str, tuple[str, Callable[[str, int], str]]] = {
    "projects_create": ("slug", lambda slug, number: f"{slug[:50]}-{number}"),
    "projects_change": ("slug", lambda slug, number: f"{slug[:50]}-{number}"),
    "projects_labels_create": ("name", lambda name, number: f"{name[:30]} {number}"),
    "labels_change": ("name", lambda name, number: f"{name[:30]} {number}"),
    "tasks_attachments_create": ("checksum", lambda _, number: f"{number:064x}"),
}
