"""What changes the comments and attachments of tasks: each change told in the same statement."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.http import Http404

from projects.access import OPEN, Reached, opened
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
WITH {OPEN}, made AS (
  INSERT INTO tasks_comment (task_id, author_id, body)
  SELECT %(task)s, %(actor)s, %(body)s FROM held WHERE NOT archived
  RETURNING *
), told AS ({activity("created", of="made", subject="comment", **TELLS)})
SELECT archived, {COMMENT} FROM held LEFT JOIN made ON true
"""
EDIT = f"""
WITH {OPEN}, made AS (
  UPDATE tasks_comment c SET body = %(body)s, edited_at = now()
  FROM held WHERE c.id = %(id)s AND NOT archived
  RETURNING c.*
), told AS ({activity("changed", of="made", subject="comment", **TELLS)})
SELECT archived, {COMMENT} FROM held LEFT JOIN made ON true
"""
ATTACH = f"""
WITH {OPEN}, made AS (
  INSERT INTO tasks_attachment (task_id, author_id, name, size, content_type, checksum)
  SELECT %(task)s, %(actor)s, %(name)s, %(size)s, %(content_type)s, %(checksum)s
  FROM held WHERE NOT archived
  ON CONFLICT (task_id, checksum) DO NOTHING
  RETURNING *
), told AS ({activity("created", of="made", subject="attachment", **TELLS)})
SELECT archived, {ATTACHMENT} FROM held LEFT JOIN made ON true
"""
REMOVE = """
WITH {held}, gone AS (
  DELETE FROM tasks_{kind} h USING held WHERE h.id = %(id)s AND NOT archived
  RETURNING h.id, h.task_id
), told AS ({told})
SELECT archived, gone.id FROM held LEFT JOIN gone ON true
"""
REMOVES = {
    kind: REMOVE.format(
        kind=kind, held=OPEN, told=activity("deleted", of="gone", subject=kind, **TELLS)
    )
    for kind in ("comment", "attachment")
}


def _row(sql: str, values: dict[str, Any]) -> dict[str, Any] | None:
    """The row that a statement returns, after `archived`. Raises Archived, and Http404 where what
    it hangs on has just gone.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            row = opened(cursor.fetchone())
            names = [column.name for column in cursor.description or ()][1:]
    except IntegrityError:
        raise Http404 from None
    return None if row[0] is None else dict(zip(names, row, strict=True))


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
