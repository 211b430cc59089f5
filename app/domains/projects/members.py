"""What changes a project's members. The project's row is held meanwhile: the last owner stays."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from rest_framework.exceptions import APIException, ValidationError

from core.db.statements import fetch_one
from domains.projects.access import Archived, held_project_for
from domains.projects.activity import activity
from domains.projects.member_codes import is_code_of
from domains.projects.models import Role

MOST = 200
OTHERS = f"""
others AS (
  SELECT count(*) AS members, count(*) FILTER (WHERE role = '{Role.OWNER}') AS owners
  FROM projects_membership WHERE project_id = %(project)s AND user_id <> %(user)s
)"""
SUBJECT = {"subject": "member", "project": "%(project)s", "subject_id": "user_id"}
ROLE_TOLD = "jsonb_build_object('role', role)"
PUT = f"""
WITH person AS (
  SELECT id, name FROM accounts_user WHERE id = %(user)s AND is_active AND (
    %(agreed)s OR EXISTS (
      SELECT FROM projects_membership WHERE project_id = %(project)s AND user_id = %(user)s
    )
  )
), {OTHERS}, made AS (
  INSERT INTO projects_membership (project_id, user_id, role)
  SELECT %(project)s, person.id, %(role)s::text FROM person, others
  WHERE (%(role)s::text = '{Role.OWNER}' OR others.owners > 0) AND others.members < {MOST}
  ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role
  RETURNING user_id, role, created_at
), told AS ({activity("put", of="made", data=ROLE_TOLD, **SUBJECT)})
SELECT person.id, person.name, others.members, made.role, made.created_at
FROM others LEFT JOIN person ON true LEFT JOIN made ON true
"""
REMOVE = f"""
WITH {OTHERS}, gone AS (
  DELETE FROM projects_membership USING others
  WHERE project_id = %(project)s AND user_id = %(user)s AND others.owners > 0
  RETURNING user_id, role
), told AS ({activity("removed", of="gone", data=ROLE_TOLD, **SUBJECT)})
SELECT others.owners, (SELECT count(*) FROM gone) FROM others
"""


class LastOwner(APIException):
    """Nobody would be left who may manage the project."""

    status_code = 409
    default_detail = "A project keeps at least one owner."


def put_member(
    actor: int, project_id: int, *, user_id: int, role: str, code: str = ""
) -> dict[str, Any]:
    """Give an account a role; a new member's `code` shows that it agreed.

    Raises Archived, LastOwner, and Http404 alike for no such account and for no code of its own.
    """
    values: dict[str, Any] = {"actor": actor, "project": project_id, "user": user_id}
    values |= {"role": role, "agreed": is_code_of(user_id, code)}
    with transaction.atomic():
        if held_project_for(actor, project_id, at_least=Role.OWNER).archived:
            raise Archived()
        person, name, members, given, since = fetch_one(PUT, values)
    if person is None:
        raise Http404
    if given is None and members >= MOST:
        raise ValidationError({"user": [f"A project has {MOST} members at most."]})
    if given is None:
        raise LastOwner()
    return {"user_id": person, "name": name, "role": given, "created_at": since}


def remove_member(actor: int, project_id: int, *, user_id: int) -> None:
    """Take somebody's role: an owner anybody's, everybody their own, of an archived project too.

    Raises LastOwner, Http404, and Archived.
    """
    values = {"actor": actor, "project": project_id, "user": user_id}
    with transaction.atomic():
        project = held_project_for(actor, project_id, at_least=Role.VIEWER)
        if user_id != actor and not project.allows(Role.OWNER):
            raise PermissionDenied
        if user_id != actor and project.archived:
            raise Archived()
        owners, gone = fetch_one(REMOVE, values)
    if not owners:
        raise LastOwner()
    if not gone:
        raise Http404
