"""What reads tasks: finished JSON, with the access checked in the same statement."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.db.models import F, QuerySet

from core.api.etags import tag
from core.db.statements import fetch_one
from domains.projects.access import Reached, checked
from domains.projects.models import Role
from domains.tasks.access import OF_TASK, REACHED
from domains.tasks.models import Attachment, Comment
from domains.tasks.shape import ASSIGNEE, AUTHOR, as_text, whole

DETAIL = f"""
SELECT {REACHED}, t.version, {as_text(whole())}
FROM tasks_task t {OF_TASK} {ASSIGNEE} {AUTHOR}
WHERE t.id = %(task)s
"""
AUTHOR_OF = {"author_number": F("author_id"), "author_name": F("author__name")}
LETTERS = str.maketrans("0123456789", "ghijklmnop")


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A task as its readers get it."""

    version: int
    body: bytes

    @property
    def tag(self) -> str:
        """Its ETag: the version, which changes ask for, and a digest of all that is shown.

        A label or a person can get another name while the task's version stays.
        """
        digest = blake2b(self.body, digest_size=8).hexdigest().translate(LETTERS)
        return tag(self.version, view=digest)


def task_detail(reader: int, task_id: int) -> Shown:
    """One task, for who may read it; one query. Raises as `project_for` does."""
    row = fetch_one(DETAIL, {"actor": reader, "task": task_id})
    checked(Reached(*row[:6]) if row else None, at_least=Role.VIEWER)
    return Shown(version=row[6], body=row[7].encode())


def comments_of(task_id: int) -> QuerySet[Comment, dict[str, Any]]:
    """What was said of a task."""
    return comment_rows().filter(task_id=task_id)


def comment_rows() -> QuerySet[Comment, dict[str, Any]]:
    """All comments, as they are shown."""
    fields = ("id", "task_id", "body", "created_at", "edited_at")
    found: QuerySet[Comment, dict[str, Any]] = Comment.objects.values(*fields, **AUTHOR_OF)
    return found


def attachments_of(task_id: int) -> QuerySet[Attachment, dict[str, Any]]:
    """What is known of a task's files."""
    return attachment_rows().filter(task_id=task_id)


def attachment_rows() -> QuerySet[Attachment, dict[str, Any]]:
    """All attachments, as they are shown."""
    fields = ("id", "task_id", "name", "size", "content_type", "checksum", "created_at")
    found: QuerySet[Attachment, dict[str, Any]] = Attachment.objects.values(*fields, **AUTHOR_OF)
    return found
