"""What changes a project's labels. The table is the tasks' own, since tasks carry them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import Http404
from psycopg.errors import UniqueViolation

from core.db.statements import fetch_one
from domains.projects.access import OPEN, UNCHANGED, Reached, checked, opened, writable
from domains.projects.activity import activity
from domains.projects.models import Role
from domains.tasks.models import Label

FIELDS = ("id", "project_id", "name", "color")
MOST = 100
NAME_TAKEN = {"name": ["The project has a label of this name."]}
TOO_MANY = {"name": [f"A project has {MOST} labels at most."]}
TOLD_NAME = "jsonb_build_object('name', name)"
REACHED = """
SELECT p.id, p.owner_id, p.is_public, p.archived, p.version, m.role, l.id, l.name, l.color
FROM tasks_label l
JOIN projects_project p ON p.id = l.project_id
LEFT JOIN projects_membership m ON m.project_id = p.id AND m.user_id = %(actor)s
WHERE l.id = %(label)s
"""
CREATE = f"""
WITH reached AS (
  SELECT p.id, p.owner_id, p.is_public, p.archived, p.version, m.role FROM projects_project p
  LEFT JOIN projects_membership m ON m.project_id = p.id AND m.user_id = %(actor)s
  WHERE p.id = %(project)s {UNCHANGED}
), counted AS (
  SELECT count(*) AS labels FROM tasks_label WHERE project_id = %(project)s
), made AS (
  INSERT INTO tasks_label (project_id, name, color)
  SELECT r.id, %(name)s, %(color)s FROM reached r, counted
  WHERE NOT r.archived AND r.role IN ('{Role.EDITOR}', '{Role.OWNER}') AND labels < {MOST}
  ON CONFLICT (project_id, name) DO NOTHING
  RETURNING id, project_id, name, color
), told AS ({activity("created", of="made", subject="label", data=TOLD_NAME)})
SELECT r.*, counted.labels, made.* FROM reached r CROSS JOIN counted LEFT JOIN made ON true
"""
CHANGE = f"""
WITH {OPEN}, made AS (
  UPDATE tasks_label l SET name = coalesce(%(name)s, name), color = coalesce(%(color)s, color)
  FROM held WHERE l.id = %(label)s AND NOT held.archived
  RETURNING l.id, project_id, name, color
), told AS ({activity("changed", of="made", subject="label", data=TOLD_NAME)})
SELECT held.archived, made.* FROM held LEFT JOIN made ON true
"""
DELETE = f"""
WITH {OPEN}, gone AS (
  DELETE FROM tasks_label l USING held WHERE l.id = %(label)s AND NOT held.archived
  RETURNING l.id, project_id, name
), told AS ({activity("deleted", of="gone", subject="label", data=TOLD_NAME)})
SELECT held.archived FROM held LEFT JOIN gone ON true
"""


def labels_of(project_id: int) -> Any:
    """A project's labels, by name."""
    found = Label.objects.filter(project_id=project_id).order_by("name")
    return found.values(*FIELDS)


def label_for(user_id: int, label_id: int, *, at_least: Role = Role.VIEWER) -> dict[str, Any]:
    """A label, when the user may do `at_least` in its project; else as `project_for`."""
    row = fetch_one(REACHED, {"actor": user_id, "label": label_id})
    project = checked(Reached(*row[:6]) if row else None, at_least=at_least)
    return dict(zip(FIELDS, (row[6], project.id, *row[7:]), strict=True))


def create_label(actor: int, project_id: int, *, name: str, color: str) -> dict[str, Any]:
    """A label. Raises as `writable` does, and ValidationError when there is one of this name, or
    too many.
    """
    values: dict[str, Any] = {"actor": actor, "project": project_id, "name": name, "color": color}
    row = fetch_one(CREATE, values)
    writable(Reached(*row[:6]) if row else None, at_least=Role.EDITOR)
    labels, *made = row[6:]
    if made[0] is None:
        raise ValidationError(TOO_MANY if labels >= MOST else NAME_TAKEN)
    return dict(zip(FIELDS, made, strict=True))


def change_label(
    actor: int, label: dict[str, Any], *, name: str | None = None, color: str | None = None
) -> dict[str, Any]:
    """Change what is given. Raises ValidationError when the name is another's; and Archived."""
    values = {"actor": actor, "project": label["project_id"], "label": label["id"]}
    values |= {"name": name, "color": color}
    try:
        made = opened(fetch_one(CHANGE, values))
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        raise ValidationError(NAME_TAKEN) from None
    if made[0] is None:
        raise Http404
    return dict(zip(FIELDS, made, strict=True))


def delete_label(actor: int, label: dict[str, Any]) -> None:
    """Delete it; the tasks that carried it stay. Raises Archived."""
    values = {"actor": actor, "project": label["project_id"], "label": label["id"]}
    opened(fetch_one(DELETE, values))
