"""What changes projects: each change, and what is told of it, in one statement."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.utils.text import slugify
from psycopg.errors import UniqueViolation

from core.api.etags import VersionStale
from core.db.statements import fetch_one
from domains.projects.access import Reached
from domains.projects.activity import activity
from domains.projects.models import Role
from domains.projects.selectors import FIELDS, row_of

SLUG_TAKEN = {"slug": ["You have a project with this address. Choose another."]}
RETURNED = ", ".join(FIELDS)
CREATE = f"""
WITH made AS (
  INSERT INTO projects_project (owner_id, name, slug, description, is_public, archived)
  VALUES (%(actor)s, %(name)s, %(slug)s, %(description)s, %(is_public)s, false)
  ON CONFLICT (owner_id, slug) DO NOTHING
  RETURNING *
), joined AS (
  INSERT INTO projects_membership (project_id, user_id, role)
  SELECT id, owner_id, '{Role.OWNER}' FROM made
), told AS ({activity("created", of="made", subject="project", project="id")})
SELECT {RETURNED}, '{Role.OWNER}' FROM made
"""
TOLD = activity("changed", of="made", subject="project", project="id", data="%(told)s::jsonb")
# With the strongest lock no write into the project is on its way: none is seen to come after the
# answer that says it is archived. See UNCHANGED in domains.projects.access.
CHANGE = f"""
WITH held AS (
  SELECT id FROM projects_project WHERE id = %(project)s FOR UPDATE
), made AS (
  UPDATE projects_project p SET {{changes}} version = p.version + 1, updated_at = now()
  FROM held WHERE p.id = held.id AND p.version = %(version)s
  RETURNING p.*
), told AS ({TOLD})
SELECT {RETURNED} FROM made
"""
CHANGEABLE = ("name", "slug", "description", "is_public", "archived")
DELETE = """
DELETE FROM projects_project
WHERE id = %(project)s AND version = coalesce(%(version)s, version)
"""


def create_project(
    owner_id: int, *, name: str, slug: str = "", description: str = "", is_public: bool = False
) -> dict[str, Any]:
    """A project with its owner as a member. Raises ValidationError when the slug is taken."""
    values: dict[str, Any] = {
        **{"actor": owner_id, "name": name, "description": description, "is_public": is_public},
        "slug": slug or slugify(name)[:60].strip("-_") or "project",
    }
    row = fetch_one(CREATE, values)
    if row is None:
        raise ValidationError(SLUG_TAKEN)
    return row_of(row)


def change_project(
    project: Reached, *, actor: int, version: int, changes: dict[str, Any]
) -> dict[str, Any]:
    """Change what is given, when the version is still that. Raises VersionStale otherwise."""
    fields = [name for name in CHANGEABLE if name in changes]
    values = {"actor": actor, "project": project.id, "version": version, **changes}
    values["told"] = json.dumps({"fields": fields})
    assigned = "".join(f"{name} = %({name})s, " for name in fields)
    try:
        row = fetch_one(CHANGE.format(changes=assigned), values)
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        raise ValidationError(SLUG_TAKEN) from None
    if row is None:
        raise VersionStale()
    return row_of((*row, project.role))


def delete_project(project: Reached, *, version: int | None) -> None:
    """Delete it with all that belongs to it; of this version, when one is given."""
    with connection.cursor() as cursor:
        cursor.execute(DELETE, {"project": project.id, "version": version})
        if not cursor.rowcount and version is not None:
            raise VersionStale()
