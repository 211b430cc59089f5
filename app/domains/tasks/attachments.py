"""Attachments of tasks: names and checksums of files that are kept elsewhere."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from domains.projects.access import check_writable, locked_row_for, row_for
from domains.projects.activity import create_with_activity, record_activity, unique_or_invalid
from domains.projects.models import Role
from domains.tasks.access import locked_task_for
from domains.tasks.models import Attachment

PROJECT = "task__project"
DUPLICATE = {"checksum": ["The task has this file."]}


def attachments_of(task_id: int) -> QuerySet[Attachment]:
    """The attachments of a task, each with its author."""
    return Attachment.objects.filter(task_id=task_id).select_related("author")


def attachment_for(user_id: int, attachment_id: int) -> Attachment:
    """An attachment with its author, for a user who may read its project."""
    return row_for(user_id, _attachments(attachment_id), project=PROJECT)[0]


def create_attachment(actor: int, task_id: int, *, fields: dict[str, Any]) -> Attachment:
    """A new attachment. For editors. Raises ValidationError for a file that the task has."""
    with unique_or_invalid(DUPLICATE):
        task, author = locked_task_for(actor, task_id)
        attachment = create_with_activity(
            Attachment(task_id=task_id, author_id=actor, **fields),
            actor_id=actor,
            project_id=task.project_id,
            data={"task": task_id},
        )
    attachment.author = author
    return attachment


def delete_attachment(actor: int, attachment_id: int) -> None:
    """Delete it. For the editor who added it, and for owners."""
    with transaction.atomic():
        attachment, access = locked_row_for(
            actor, _attachments(attachment_id), project=PROJECT, allow_archived=True
        )
        if attachment.author_id != actor and not access.allows(Role.OWNER):
            raise PermissionDenied
        check_writable(access, at_least=Role.EDITOR)
        record_activity(
            actor,
            access.id,
            verb="deleted",
            subject="attachment",
            subject_id=attachment_id,
            data={"task": attachment.task_id},
        )
        attachment.delete()


def _attachments(attachment_id: int) -> QuerySet[Attachment]:
    rows = Attachment.objects.filter(pk=attachment_id).select_related("author", PROJECT)
    return rows.defer("task__search", "task__description")
