"""Changes of a project's members. The project stays locked meanwhile: one owner always remains."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet, Subquery
from django.http import Http404
from rest_framework.exceptions import APIException, ValidationError

from domains.projects.access import Archived, locked_project_for, locked_row_for
from domains.projects.activity import record_activity
from domains.projects.member_codes import is_code_of
from domains.projects.models import Membership, Project, Role

MAX_MEMBERS = 200


class LastOwner(APIException):
    """Without an owner the project could not be managed."""

    status_code = 409
    default_detail = "A project keeps at least one owner."


def put_member(
    actor: int, project_id: int, *, user_id: int, role: str, code: str = ""
) -> Membership:
    """Give an account a role; a new member's `code` shows that it agreed.

    Raises Archived, LastOwner, and Http404 alike for a missing account and for a wrong code.
    """
    user = get_user_model().objects.filter(pk=user_id, is_active=True)
    projects = Project.objects.filter(pk=project_id)
    rows: QuerySet[Any] = projects.annotate(user_name=Subquery(user.values("name")))
    with transaction.atomic():
        project, _ = locked_row_for(actor, rows, project="", at_least=Role.OWNER)
        members = _members(project_id)
        membership = members.pop(user_id, None)
        if project.user_name is None or not (membership or is_code_of(user_id, code)):
            raise Http404
        if len(members) >= MAX_MEMBERS:
            raise ValidationError({"user": [f"A project has {MAX_MEMBERS} members at most."]})
        if role != Role.OWNER:
            _check_owner_remains(members)
        membership = membership or Membership(project_id=project_id, user_id=user_id)
        membership.role = role
        membership.save()
        _record(actor, membership, verb="put")
    membership.name = project.user_name
    return membership


def remove_member(actor: int, project_id: int, *, user_id: int) -> None:
    """Remove a member: owners remove anyone, others only themselves, from an archived project too.

    Raises LastOwner, Http404, and Archived.
    """
    with transaction.atomic():
        _, access = locked_project_for(actor, project_id, at_least=Role.VIEWER, allow_archived=True)
        if user_id != actor and not access.allows(Role.OWNER):
            raise PermissionDenied
        if user_id != actor and access.archived:
            raise Archived()
        members = _members(project_id)
        membership = members.pop(user_id, None)
        if membership is None:
            raise Http404
        _check_owner_remains(members)
        _record(actor, membership, verb="removed")
        membership.delete()


def _members(project_id: int) -> dict[int, Membership]:
    """The memberships by user; read after the lock, so that no other request changes them."""
    return {each.user_id: each for each in Membership.objects.filter(project_id=project_id)}


def _check_owner_remains(others: dict[int, Membership]) -> None:
    if not any(each.role == Role.OWNER for each in others.values()):
        raise LastOwner()


def _record(actor: int, membership: Membership, *, verb: str) -> None:
    record_activity(
        actor,
        membership.project_id,
        verb=verb,
        subject="member",
        subject_id=membership.user_id,
        data={"role": membership.role},
    )
