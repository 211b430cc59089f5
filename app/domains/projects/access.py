"""What somebody may do with a project: one query, asked before anything else.

A private project is not there (404) for whoever has no role in it: a 403 would tell that it
exists. A public one may be read by everybody who is logged in. Roles are read from the primary
only, so that nobody keeps for a moment what was taken from them.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework.exceptions import APIException

from core.db.statements import fetch_one
from domains.projects.models import Role

RANK = {role.value: rank for rank, role in enumerate(Role, start=1)}
REACHED = """
SELECT p.id, p.owner_id, p.is_public, p.archived, p.version, m.role
FROM projects_project p
LEFT JOIN projects_membership m ON m.project_id = p.id AND m.user_id = %(actor)s
WHERE p.id = %(project)s
"""
# Nobody archives the project until the transaction ends: that takes the stronger lock FOR UPDATE
# (`services`). The numbers of new tasks and all reads go on beside this one. Of a row that
# another statement has changed the lock gives the newest version.
UNCHANGED = "FOR KEY SHARE OF p"
# For a WITH: one row, or none, of the project that something is written into.
OPEN = f"""held AS (
  SELECT p.id AS project, p.archived FROM projects_project p
  WHERE p.id = %(project)s {UNCHANGED}
)"""
# Held until the transaction ends: changes of members go one after the other, and the statement
# that comes next sees what the one before has left. References to the project are not held up.
ASKED = REACHED
HELD = REACHED + "FOR NO KEY UPDATE OF p"


class Archived(APIException):
    """What is in an archived project stays as it is."""

    status_code = 409
    kind = "/problems/project-archived"
    title = "The project is archived"
    default_detail = "The project is archived. Nothing in it changes until an owner reopens it."


@dataclass(frozen=True, slots=True)
class Reached:
    """A project as far as access needs it, and the role of who asks; None: a public reader."""

    id: int
    owner_id: int
    is_public: bool
    archived: bool
    version: int
    role: str | None

    def allows(self, at_least: Role) -> bool:
        """Whether the role is enough."""
        if RANK.get(self.role or "", 0) >= RANK[at_least]:
            return True
        return self.is_public and at_least == Role.VIEWER


def project_for(user_id: int, project_id: int, *, at_least: Role) -> Reached:
    """The project, when this user may do there what `at_least` may.

    Raises Http404 for a project that is not there or that they may not see, and PermissionDenied
    for one that they may see, with too small a role.
    """
    return checked(_asked(ASKED, user_id=user_id, project_id=project_id), at_least=at_least)


def held_project_for(user_id: int, project_id: int, *, at_least: Role) -> Reached:
    """The same, and the project's row is held until the transaction ends."""
    return checked(_asked(HELD, user_id=user_id, project_id=project_id), at_least=at_least)


def _asked(statement: str, *, user_id: int, project_id: int) -> Reached | None:
    row = fetch_one(statement, {"actor": user_id, "project": project_id})
    return None if row is None else Reached(*row)


def checked(found: Reached | None, *, at_least: Role) -> Reached:
    """What was found, when it may be used; else the error that says no more than it must."""
    if found is None or not found.allows(Role.VIEWER):
        raise Http404
    if not found.allows(at_least):
        raise PermissionDenied
    return found


def opened(row: Any) -> Any:
    """The rest of what a statement with OPEN tells, after `archived`. Raises Http404, Archived."""
    if row is None:
        raise Http404
    archived, *rest = row
    if archived:
        raise Archived()
    return rest


def writable(found: Reached | None, *, at_least: Role) -> Reached:
    """The same for a write into the project. Raises Archived too."""
    project = checked(found, at_least=at_least)
    if project.archived:
        raise Archived()
    return project
