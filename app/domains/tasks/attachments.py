"""What changes the comments and attachments of tasks: each change told in the same statement."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.http import Http404

from domains.projects.access import OPEN, UNCHANGED, Reached, opened, writable
from domains.projects.activity import activity
from domains.projects.models import Role
from domains.tasks.access import OF_TASK, REACHED, WRITES

HERE_ALREADY = {"checksum": ["The task has this file."]}
AUTHOR = "(SELECT name FROM accounts_user WHERE id = author_id) AS author_name"
ON_TASK = "jsonb_build_object('task', task_id)"
TELLS = {"project": "%(project)s", "data": ON_TASK}
COMMENT = f"made.id, task_id, author_id AS author_number, {AUTHOR}, body, created_at, edited_at"
ATTACHMENT = (
    f"made.id, task_id, author_id AS author_number, {AUTHOR},"
    " name, size, content_type, checksum, created_at"
)
# The access is asked in the same statement.
NEW = f"""
WITH reached AS (
  SELECT {REACHED} FROM tasks_task t {OF_TASK} WHERE t.id = %(task)s {UNCHANGED}
), made AS ({{made}}
  RETURNING *
), told AS ({{told}})
SELECT r.*, {{shown}} FROM reached r LEFT JOIN made ON true
"""
NEW_TELLS = {**TELLS, "project": "(SELECT id FROM reached)"}


def _new_one(kind: str, *, made: str, shown: str) -> str:
    told = activity("created", of="made", subject=kind, **NEW_TELLS)
    return NEW.format(made=made, told=told, shown=shown)


SAY = _new_one(
    "comment",
    shown=COMMENT,
    made=f"""
  INSERT INTO tasks_comment (task_id, author_id, body)
  SELECT %(task)s, %(actor)s, %(body)s FROM reached r WHERE {WRITES}""",
)
EDIT = f"""
WITH {OPEN}, made AS (
  UPDATE tasks_comment c SET body = %(body)s, edited_at = now()
  FROM held WHERE c.id = %(id)s AND NOT archived
  RETURNING c.*
), told AS ({activity("changed", of="made", subject="comment", **TELLS)})
SELECT archived, {COMMENT} FROM held LEFT JOIN made ON true
"""
ATTACH = _new_one(
    "attachment",
    shown=ATTACHMENT,
    made=f"""
  INSERT INTO tasks_attachment (task_id, author_id, name, size, content_type, checksum)
  SELECT %(task)s, %(actor)s, %(name)s, %(size)s, %(content_type)s, %(checksum)s
  FROM reached r WHERE {WRITES}
  ON CONFLICT (task_id, checksum) DO NOTHING""",
)
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


def _run(statement: str, values: dict[str, Any]) -> tuple[Any, list[str]]:
    """The row that a statement returns, and its columns. Raises Http404 where what it hangs on has
    just gone.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchone(), [column.name for column in cursor.description or ()]
    except IntegrityError:
        raise Http404 from None


def _new(statement: str, values: dict[str, Any]) -> dict[str, Any] | None:
    """The row that was made; None where none was. Raises as `writable` does."""
    row, names = _run(statement, values)
    writable(Reached(*row[:6]) if row else None, at_least=Role.EDITOR)
    return None if row[6] is None else dict(zip(names[6:], row[6:], strict=True))


def _changed(statement: str, values: dict[str, Any]) -> dict[str, Any] | None:
    """The row that was changed or is gone; None where none was. Raises Http404 and Archived."""
    row, names = _run(statement, values)
    found = opened(row)
    return None if found[0] is None else dict(zip(names[1:], found, strict=True))


def say(actor: int, task: int, *, body: str) -> dict[str, Any]:
    """A new comment on a task. Raises as `writable` does."""
    return _there(_new(SAY, {"actor": actor, "task": task, "body": body}))


def edit_comment(actor: int, project: Reached, *, comment: int, body: str) -> dict[str, Any]:
    """Another text for a comment."""
    values = {"actor": actor, "project": project.id, "id": comment, "body": body}
    return _there(_changed(EDIT, values))


def attach(actor: int, task: int, *, given: dict[str, Any]) -> dict[str, Any]:
    """What is known of a file. Raises ValidationError for one that the task has already."""
    made = _new(ATTACH, {**given, "actor": actor, "task": task})
    if made is None:
        raise ValidationError(HERE_ALREADY)
    return made


def remove(actor: int, project: Reached, *, kind: str, number: int) -> None:
    """Take a `comment` or an `attachment` away."""
    _changed(REMOVES[kind], {"actor": actor, "project": project.id, "id": number})


def _there(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        raise Http404
    return row
