"""Comments on tasks: read, create, change, delete."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from domains.projects.access import check_writable, locked_row_for, row_for
from domains.projects.activity import create_with_activity, record_activity
from domains.projects.models import Role
from domains.tasks.access import locked_task_for
from domains.tasks.models import Comment

PROJECT = "task__project"


def comments_of(task_id: int) -> QuerySet[Comment]:
    """The comments on a task, each with its author."""
    return Comment.objects.filter(task_id=task_id).select_related("author")


def comment_for(user_id: int, comment_id: int) -> Comment:
    """A comment with its author, for a user who may read its project."""
    return row_for(user_id, _comments(comment_id), project=PROJECT)[0]


def create_comment(actor: int, task_id: int, *, body: str) -> Comment:
    """A new comment on a task. For editors."""
    with transaction.atomic():
        task, author = locked_task_for(actor, task_id)
        comment = create_with_activity(
            Comment(task_id=task_id, author_id=actor, body=body),
            actor_id=actor,
            project_id=task.project_id,
            data={"task": task_id},
        )
    comment.author = author
    return comment


def change_comment(actor: int, comment_id: int, *, body: str) -> Comment:
    """Another text. For the editor who wrote it."""
    with transaction.atomic():
        comment = _locked(actor, comment_id, allow_owners=False)
        comment.body, comment.edited_at = body, timezone.now()
        comment.save(update_fields=["body", "edited_at"])
        _record(actor, comment, verb="changed")
    return comment


def delete_comment(actor: int, comment_id: int) -> None:
    """Delete it. For the editor who wrote it, and for owners."""
    with transaction.atomic():
        comment = _locked(actor, comment_id, allow_owners=True)
        _record(actor, comment, verb="deleted")
        comment.delete()


def _comments(comment_id: int) -> QuerySet[Comment]:
    rows = Comment.objects.filter(pk=comment_id).select_related("author", PROJECT)
    return rows.defer("task__search", "task__description")


def _locked(actor: int, comment_id: int, *, allow_owners: bool) -> Comment:
    """The comment, for a user who may change it; others get 403, archived project or not."""
    comment, access = locked_row_for(
        actor, _comments(comment_id), project=PROJECT, allow_archived=True
    )
    if comment.author_id != actor and not (allow_owners and access.allows(Role.OWNER)):
        raise PermissionDenied
    check_writable(access, at_least=Role.EDITOR)
    return comment


def _record(actor: int, comment: Comment, *, verb: str) -> None:
    record_activity(
        actor,
        comment.task.project_id,
        verb=verb,
        subject="comment",
        subject_id=comment.pk,
        data={"task": comment.task_id},
    )
