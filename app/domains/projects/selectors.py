"""What reads projects. Who may read is asked first, by `domains.projects.access`."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Left
from django.http import Http404
from rest_framework.renderers import JSONRenderer

from core.db.statements import fetch_one
from domains.projects.access import Reached
from domains.projects.models import Activity, Membership, Project, Role

FIELDS = (
    *("id", "name", "slug", "description", "is_public", "archived", "owner_id"),
    *("version", "created_at", "updated_at"),
)
DETAIL = f"""
SELECT {", ".join(f"p.{name}" for name in FIELDS)}, m.role
FROM projects_project p
LEFT JOIN projects_membership m ON m.project_id = p.id AND m.user_id = %(actor)s
WHERE p.id = %(project)s
"""
MEMBER_FIELDS: tuple[str, ...] = ("user_id", "role", "created_at")
PUBLIC_FIELDS = ("id", "name", "slug", "summary", "updated_at")
SUMMARY = 200  # characters


def row_of(values: Any) -> dict[str, Any]:
    """A row of FIELDS and the role."""
    return dict(zip((*FIELDS, "role"), values, strict=True))


def project_detail(user_id: int, project_id: int) -> dict[str, Any]:
    """The project with the role of who asks; one query. Raises Http404 as `project_for` does."""
    values = fetch_one(DETAIL, {"actor": user_id, "project": project_id})
    row = {} if values is None else row_of(values)
    if not row or not Reached(**{name: row[name] for name in Reached.__slots__}).allows(
        Role.VIEWER
    ):
        raise Http404
    return row


def projects_of(
    user_id: int, *, archived: bool | None = None, role: str | None = None, q: str | None = None
) -> QuerySet[Project, dict[str, Any]]:
    """The projects that somebody is a member of, each with their role."""
    asked = Q(memberships__user_id=user_id)
    if role is not None:
        asked &= Q(memberships__role=role)
    if archived is not None:
        asked &= Q(archived=archived)
    if q:
        asked &= Q(name__icontains=q) | Q(slug__icontains=q)
    rows = Project.objects.filter(asked)
    found: QuerySet[Project, dict[str, Any]] = rows.values(*FIELDS, role=F("memberships__role"))
    return found


def public_projects() -> QuerySet[Project, dict[str, Any]]:
    """The public projects that are not archived, as anybody may see them."""
    shown = Project.objects.filter(is_public=True, archived=False)
    summary = Left("description", SUMMARY)
    found: QuerySet[Project, dict[str, Any]] = shown.values(
        *PUBLIC_FIELDS[:3], "updated_at", summary=summary
    )
    return found


def members_of(project_id: int) -> QuerySet[Membership, dict[str, Any]]:
    """The members of a project, the first one first."""
    rows = Membership.objects.filter(project_id=project_id).order_by("id")
    found: QuerySet[Membership, dict[str, Any]] = rows.values(*MEMBER_FIELDS, name=F("user__name"))
    return found


def activity_of(project_id: int) -> QuerySet[Activity, dict[str, Any]]:
    """What happened in a project."""
    fields = ("id", "actor_id", "actor__name", "verb", "subject", "subject_id", "data")
    rows = Activity.objects.filter(project_id=project_id)
    found: QuerySet[Activity, dict[str, Any]] = rows.values(*fields, "created_at")
    return found


def as_json(data: Any) -> bytes:
    """Finished JSON, for a cache."""
    return bytes(JSONRenderer().render(data))
