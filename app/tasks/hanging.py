"""What changes the comments and attachments of tasks: each change told in the same statement."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.http import Http404

from projects.access import Reached
from projects.activity import activity

HERE_ALREADY = {"checksum": ["The task has this file."]}
AUTHOR = "(SELECT name FROM accounts_user WHERE id = author_id) AS author_name"
ON_TASK = "jsonb_build_object('task', task_id)"
TELLS = {"project": "%(project)s", "data": ON_TASK}
COMMENT = f"id, task_id, author_id AS author_number, {AUTHOR}, body, created_at, edited_at"
ATTACHMENT = (
    f"id, task_id, author_id AS author_number, {AUTHOR},"
    " name, size, content_type, checksum, created_at"
)
SAY = f"""
WITH made AS (
  INSERT INTO tasks_comment (task_id, author_id, body) VALUES (%(task)s, %(actor)s, %(body)s)
  RETURNING *
), told AS ({activity("created", of="made", subject="comment", **TELLS)})
SELECT {COMMENT} FROM made
"""
EDIT = f"""
WITH made AS (
  UPDATE tasks_comment SET body = %(body)s, edited_at = now() WHERE id = %(id)s RETURNING *
), told AS ({activity("changed", of="made", subject="comment", **TELLS)})
SELECT {COMMENT} FROM made
"""
ATTACH = f"""
WITH made AS (
  INSERT INTO tasks_attachment (task_id, author_id, name, size, content_type, checksum)
  VALUES (%(task)s, %(actor)s, %(name)s, %(size)s, %(content_type)s, %(checksum)s)
  ON CONFLICT (task_id, checksum) DO NOTHING
  RETURNING *
), told AS ({activity("created", of="made", subject="attachment", **TELLS)})
SELECT {ATTACHMENT} FROM made
"""
REMOVE = """
WITH gone AS (DELETE FROM tasks_{kind} WHERE id = %(id)s RETURNING id, task_id),
told AS ({told})
SELECT id FROM gone
"""
REMOVES = {
    kind: REMOVE.format(kind=kind, told=activity("deleted", of="gone", subject=kind, **TELLS))
    for kind in ("comment", "attachment")
}


def _row(sql: str, values: dict[str, Any]) -> dict[str, Any] | None:
    """The row that a statement returns; None also where what it hangs on has just gone."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            row = cursor.fetchone()
            names = [column.name for column in cursor.description or ()]
    except IntegrityError:
        raise Http404 from None
    return None if row is None else dict(zip(names, row, strict=True))


def say(actor: int, project: Reached, *, task: int, body: str) -> dict[str, Any]:
    """A new comment on a task."""
    values = {"actor": actor, "project": project.id, "task": task, "body": body}
    return _there(_row(SAY, values))


def edit_comment(actor: int, project: Reached, *, comment: int, body: str) -> dict[str, Any]:
    """Another text for a comment."""
    values = {"actor": actor, "project": project.id, "id": comment, "body": body}
    return _there(_row(EDIT, values))


def attach(actor: int, project: Reached, *, task: int, given: dict[str, Any]) -> dict[str, Any]:
    """What is known of a file. Raises ValidationError for one that the task has already."""
    made = _row(ATTACH, {**given, "actor": actor, "project": project.id, "task": task})
    if made is None:
        raise ValidationError(HERE_ALREADY)
    return made


def remove(actor: int, project: Reached, *, kind: str, number: int) -> None:
    """Take a `comment` or an `attachment` away."""
    _row(REMOVES[kind], {"actor": actor, "project": project.id, "id": number})


def _there(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        raise Http404
    return row
