"""Who may do what in a project: the role check of every endpoint of projects and tasks.

A private project does not exist (404) for a user without a role in it: a 403 would reveal it. Any
logged-in user may read a public one. Roles are read from the primary, never from a replica or a
cache, before anything changes.

Reads of tasks check access inside their own SQL (`ACCESS_COLUMNS`); everything else uses `row_for`
and `locked_row_for`.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS
from django.db.models import F, FilteredRelation, Model, Q, QuerySet
from django.http import Http404
from rest_framework.exceptions import APIException

from core.db.statements import fetch_one
from domains.projects.models import Project, Role

M = TypeVar("M", bound=Model)
RANK = {role.value: rank for rank, role in enumerate(Role, start=1)}
# For SQL: the fields of `ProjectAccess`, in its order, of a project `p` and a membership `m`.
ACCESS_COLUMNS = "p.id, p.owner_id, p.is_public, p.archived, p.version, m.role"
MEMBER_JOIN = "LEFT JOIN projects_membership m ON m.project_id = p.id AND m.user_id = %(actor)s"
# For SQL that writes into a project: waits for a request that archives it (which takes FOR UPDATE,
# see `services.change_project`), and lets other writes and new task numbers go on.
SHARED_LOCK = "FOR KEY SHARE OF p"
PROJECT_ACCESS = (
    f"SELECT {ACCESS_COLUMNS} FROM projects_project p {MEMBER_JOIN} WHERE p.id = %(project)s"
)


class Archived(APIException):
    """Nothing changes in an archived project."""

    status_code = 409
    kind = "/problems/project-archived"
    title = "The project is archived"
    default_detail = "The project is archived. Nothing in it changes until an owner reopens it."


@dataclass(frozen=True, slots=True)
class ProjectAccess:
    """What the role check needs of a project; `role` is the caller's, None for a non-member."""

    id: int
    owner_id: int
    is_public: bool
    archived: bool
    version: int
    role: str | None

    def allows(self, at_least: Role) -> bool:
        """Whether the caller may do what `at_least` may."""
        if RANK.get(self.role or "", 0) >= RANK[at_least]:
            return True
        return self.is_public and at_least == Role.VIEWER


def check_access(found: ProjectAccess | None, *, at_least: Role) -> ProjectAccess:
    """Return what was found. Raises Http404 if the caller may not see it, else PermissionDenied."""
    if found is None or not found.allows(Role.VIEWER):
        raise Http404
    if not found.allows(at_least):
        raise PermissionDenied
    return found


def check_writable(found: ProjectAccess | None, *, at_least: Role) -> ProjectAccess:
    """The same, for a write into the project. Raises Archived too."""
    access = check_access(found, at_least=at_least)
    if access.archived:
        raise Archived()
    return access


def project_for(user_id: int, project_id: int, *, at_least: Role) -> ProjectAccess:
    """The project, if the user may do there what `at_least` may. Raises as `check_access`."""
    row = fetch_one(PROJECT_ACCESS, {"actor": user_id, "project": project_id})
    return check_access(ProjectAccess(*row) if row else None, at_least=at_least)


def row_for(
    user_id: int, rows: QuerySet[M], *, project: str, at_least: Role = Role.VIEWER
) -> tuple[M, ProjectAccess]:
    """The one row of `rows`, and its project, if the user may do there what `at_least` may.

    `project` is the lookup from the row to its project, such as `task__project`; empty for
    projects themselves. One query. Raises as `check_access`.
    """
    prefix = f"{project}__" if project else ""
    mine = FilteredRelation(
        f"{prefix}memberships", condition=Q(**{f"{prefix}memberships__user_id": user_id})
    )
    rows = rows.using(DEFAULT_DB_ALIAS).annotate(mine=mine, caller_role=F("mine__role"))
    row: Any = (rows.select_related(project) if project else rows).first()
    if row is None:
        raise Http404
    owner: Any = row
    for name in project.split("__") if project else ():
        owner = getattr(owner, name)
    access = ProjectAccess(
        owner.pk, owner.owner_id, owner.is_public, owner.archived, owner.version, row.caller_role
    )
    return row, check_access(access, at_least=at_least)


def locked_row_for(
    user_id: int,
    rows: QuerySet[M],
    *,
    project: str,
    at_least: Role = Role.EDITOR,
    allow_archived: bool = False,
    strong: bool = False,
) -> tuple[M, ProjectAccess]:
    """The same for a write: row and project stay locked until the transaction ends.

    The project is locked first, as everywhere, so that two requests never wait for each other.
    `strong` (FOR UPDATE) waits for every other write too. Raises Archived too, unless archived
    projects are allowed.
    """
    locks = (project, "self") if project else ("self",)
    locked = rows.select_for_update(no_key=not strong, of=locks)
    row, access = row_for(user_id, locked, project=project, at_least=at_least)
    if access.archived and not allow_archived:
        raise Archived()
    return row, access


def locked_project_for(
    user_id: int, project_id: int, *, at_least: Role, allow_archived: bool = False
) -> tuple[Project, ProjectAccess]:
    """The same for a project by its id."""
    rows = Project.objects.filter(pk=project_id)
    return locked_row_for(
        user_id, rows, project="", at_least=at_least, allow_archived=allow_archived
    )
