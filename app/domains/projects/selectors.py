"""Queries for projects, members and activity. `domains.projects.access` checks who may read."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Left
from rest_framework.renderers import JSONRenderer

from domains.projects.access import row_for
from domains.projects.models import Activity, Membership, Project

FIELDS = (
    *("id", "name", "slug", "description", "is_public", "archived", "owner_id"),
    *("version", "created_at", "updated_at"),
)
MEMBER_FIELDS: tuple[str, ...] = ("user_id", "role", "created_at")
PUBLIC_FIELDS = ("id", "name", "slug", "summary", "updated_at")
SUMMARY = 200  # characters


def project_detail(user_id: int, project_id: int) -> Project:
    """The project with the caller's role. Raises Http404 if they may not see it."""
    project, access = row_for(user_id, Project.objects.filter(pk=project_id), project="")
    project.role = access.role
    return project


def projects_of(
    user_id: int, *, archived: bool | None = None, role: str | None = None, q: str | None = None
) -> QuerySet[Project, dict[str, Any]]:
    """The projects that the user is a member of, each with the user's role."""
    wanted = Q(memberships__user_id=user_id)
    if role is not None:
        wanted &= Q(memberships__role=role)
    if archived is not None:
        wanted &= Q(archived=archived)
    if q:
        wanted &= Q(name__icontains=q) | Q(slug__icontains=q)
    rows = Project.objects.filter(wanted)
    found: QuerySet[Project, dict[str, Any]] = rows.values(*FIELDS, role=F("memberships__role"))
    return found


def public_projects() -> QuerySet[Project, dict[str, Any]]:
    """The public projects that are not archived."""
    rows = Project.objects.filter(is_public=True, archived=False)
    summary = Left("description", SUMMARY)
    found: QuerySet[Project, dict[str, Any]] = rows.values(
        *PUBLIC_FIELDS[:3], "updated_at", summary=summary
    )
    return found


def members_of(project_id: int) -> QuerySet[Membership, dict[str, Any]]:
    """The members of a project, the first one first."""
    rows = Membership.objects.filter(project_id=project_id).order_by("id")
    found: QuerySet[Membership, dict[str, Any]] = rows.values(*MEMBER_FIELDS, name=F("user__name"))
    return found


def activity_of(project_id: int) -> QuerySet[Activity, dict[str, Any]]:
    """The activity of a project."""
    fields = ("id", "actor_id", "actor__name", "verb", "subject", "subject_id", "data")
    rows = Activity.objects.filter(project_id=project_id)
    found: QuerySet[Activity, dict[str, Any]] = rows.values(*fields, "created_at")
    return found


def as_json(data: Any) -> bytes:
    """The JSON text of serialized data, for a cache."""
    return bytes(JSONRenderer().render(data))
