"""Create, change and delete projects."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from core.api.etags import VersionStale
from domains.projects.access import locked_row_for
from domains.projects.activity import create_with_activity, record_activity, unique_or_invalid
from domains.projects.models import Membership, Project, Role

SLUG_TAKEN = {"slug": ["You have a project with this address. Choose another."]}


def create_project(
    owner_id: int, *, name: str, slug: str = "", description: str = "", is_public: bool = False
) -> Project:
    """A project with its owner as a member. Raises ValidationError when the slug is taken."""
    project = Project(
        owner_id=owner_id,
        name=name,
        slug=slug or slugify(name)[:60].strip("-_") or "project",
        description=description,
        is_public=is_public,
    )
    with unique_or_invalid(SLUG_TAKEN):
        project = create_with_activity(project, actor_id=owner_id, project_id=None, data={})
        Membership.objects.create(project=project, user_id=owner_id, role=Role.OWNER)
    project.role = Role.OWNER
    return project


def change_project(
    actor: int, project_id: int, *, version: int, changes: dict[str, Any]
) -> Project:
    """Change the given fields, if the version is still that. Raises VersionStale otherwise."""
    with unique_or_invalid(SLUG_TAKEN):
        project = _locked(actor, project_id, version=version)
        for name, value in changes.items():
            setattr(project, name, value)
        project.version += 1
        project.updated_at = timezone.now()
        project.save(update_fields=[*changes, "version", "updated_at"])
        record_activity(
            actor,
            project_id,
            verb="changed",
            subject="project",
            subject_id=project_id,
            data={"fields": list(changes)},
        )
    return project


def delete_project(actor: int, project_id: int, *, version: int | None) -> None:
    """Delete it with everything in it; with a version, only if it is still that one."""
    with transaction.atomic():
        _locked(actor, project_id, version=version).delete()


def _locked(actor: int, project_id: int, *, version: int | None) -> Project:
    """The caller's project, locked against writes into it too: FOR UPDATE waits for all that are
    in progress, so none commits after the response that says that the project is archived.
    """
    rows = Project.objects.filter(pk=project_id)
    project, access = locked_row_for(
        actor, rows, project="", at_least=Role.OWNER, allow_archived=True, strong=True
    )
    if version not in (None, project.version):
        raise VersionStale()
    project.role = access.role
    return project
