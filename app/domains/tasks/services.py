"""Create, change and delete a task.

A create or a change is one statement: it checks access, writes the task, its labels and the
activity, and returns the task as JSON. By the ORM it would be eight, and four are the limit.
"""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from psycopg.errors import ForeignKeyViolation

from core.api.etags import VersionStale
from core.db.statements import fetch_one
from domains.projects.access import (
    ACCESS_COLUMNS,
    MEMBER_JOIN,
    SHARED_LOCK,
    ProjectAccess,
    check_writable,
)
from domains.projects.activity import activity_sql, record_activity
from domains.projects.models import Role
from domains.tasks.access import MAY_WRITE, PROJECT_OF_TASK, locked_task_for
from domains.tasks.json_sql import ASSIGNEE, AUTHOR, STORED_LABELS, as_json, detail_columns
from domains.tasks.models import Priority, Status, TaskLabel
from domains.tasks.selectors import TaskJson

DEFAULTS: dict[str, Any] = {
    **{"description": "", "status": Status.OPEN.value, "priority": Priority.NORMAL.value},
    **{"assignee": None, "due": None, "labels": []},
}
NO_LABEL = "The project has no such label."
NO_MEMBER = "The project has no member with this id."
NUMBER = "jsonb_build_object('number', number)"
# The labels and the assignee must belong to the project. `access` has one row at most.
CHECKED = f"""
labels AS (
  SELECT l.id, l.name, l.color FROM tasks_label l
  WHERE l.project_id = (SELECT id FROM access) AND l.id = ANY(%(labels)s::bigint[])
), assigned AS (
  SELECT m.user_id FROM projects_membership m
  WHERE m.project_id = (SELECT id FROM access) AND m.user_id = %(assignee)s::bigint
), valid AS (
  SELECT %(labels)s::bigint[] IS NULL
      OR (SELECT count(*) FROM labels) = cardinality(%(labels)s::bigint[]) AS labels,
    %(assignee)s::bigint IS NULL OR EXISTS (SELECT FROM assigned) AS assignee
), writable AS (
  SELECT access.id FROM access, valid WHERE {MAY_WRITE} AND valid.labels AND valid.assignee
)"""


def result(*, label_source: str) -> str:
    """The end of a statement: the checks, and the task (`written`) as JSON if they passed."""
    return f"""
SELECT access.*, valid.labels, valid.assignee, t.version, t.id, t.project_id,
  CASE WHEN t.id IS NOT NULL THEN {as_json(detail_columns(label_source=label_source))} END
FROM access CROSS JOIN valid LEFT JOIN written t ON true {ASSIGNEE} {AUTHOR}
"""


FIELDS = ("title", "description", "status", "priority", "assignee_id", "due")
CREATE = f"""
WITH access AS (
  SELECT {ACCESS_COLUMNS} FROM projects_project p {MEMBER_JOIN}
  WHERE p.id = %(project)s {SHARED_LOCK}
), {CHECKED}, numbered AS (
  UPDATE projects_project p SET last_task = p.last_task + 1 FROM writable WHERE p.id = writable.id
  RETURNING p.id, p.last_task
), written AS (
  INSERT INTO tasks_task (project_id, number, author_id, {", ".join(FIELDS)})
  SELECT id, last_task, %(actor)s, %(title)s, %(description)s, %(status)s, %(priority)s,
    %(assignee)s::bigint, %(due)s::date
  FROM numbered
  RETURNING *
), labelled AS (
  INSERT INTO tasks_tasklabel (task_id, label_id) SELECT written.id, labels.id FROM written, labels
), recorded AS ({activity_sql("created", rows="written", subject="task", data=NUMBER)})
{result(label_source="labels l")}
"""
CHANGED_FIELDS = "jsonb_build_object('number', number, 'fields', %(fields)s::jsonb)"
CHANGE = f"""
WITH access AS (
  SELECT {ACCESS_COLUMNS} FROM tasks_task t {PROJECT_OF_TASK} WHERE t.id = %(task)s {SHARED_LOCK}
), {CHECKED}, written AS (
  UPDATE tasks_task t SET {{changes}} version = t.version + 1, updated_at = now()
  FROM writable WHERE t.id = %(task)s AND t.version = %(version)s
  RETURNING t.*
), unlabelled AS (
  DELETE FROM tasks_tasklabel k USING written
  WHERE k.task_id = written.id AND NOT k.label_id = ANY(%(labels)s::bigint[])
), labelled AS (
  INSERT INTO tasks_tasklabel (task_id, label_id) SELECT written.id, labels.id FROM written, labels
  ON CONFLICT DO NOTHING
), recorded AS (
  {activity_sql("changed", rows="written", subject="task", data=CHANGED_FIELDS)}
)
{{result}}
"""


def create_task(actor: int, project_id: int, *, fields: dict[str, Any]) -> tuple[int, TaskJson]:
    """A task with the project's next number: its id, and the task as JSON.

    Raises as `check_writable`, and ValidationError for labels and users of other projects.
    """
    values = {**DEFAULTS, **fields, "actor": actor, "project": project_id}
    return _written(CREATE, values)


def change_task(actor: int, task_id: int, *, version: int, changes: dict[str, Any]) -> TaskJson:
    """Change the given fields, if the version is still that. Raises VersionStale otherwise."""
    columns = {name: f"{name}_id" if name == "assignee" else name for name in changes}
    columns.pop("labels", None)
    assignments = "".join(f"{column} = %({name})s, " for name, column in columns.items())
    values = {"labels": None, "assignee": None, **changes}
    values |= {"actor": actor, "task": task_id, "version": version}
    values["fields"] = json.dumps(sorted(changes))
    source = "labels l" if "labels" in changes else STORED_LABELS
    sql = CHANGE.format(changes=assignments, result=result(label_source=source))
    return _written(sql, values)[1]


def _written(sql: str, values: dict[str, Any]) -> tuple[int, TaskJson]:
    """Run a statement that ends with `result`. Raises when it changed nothing."""
    try:
        row = fetch_one(sql, values)
    except IntegrityError as error:
        # A label that the statement has seen may be deleted before its write.
        cause = error.__cause__
        label_table = TaskLabel._meta.db_table
        if isinstance(cause, ForeignKeyViolation) and cause.diag.table_name == label_table:
            raise ValidationError({"labels": [NO_LABEL]}) from None
        raise
    check_writable(ProjectAccess(*row[:6]) if row else None, at_least=Role.EDITOR)
    labels_valid, assignee_valid, version, task_id, project_id, body = row[6:]
    errors = {} if labels_valid else {"labels": [NO_LABEL]}
    errors |= {} if assignee_valid else {"assignee": [NO_MEMBER]}
    if errors:
        raise ValidationError(errors)
    if task_id is None:
        raise VersionStale()
    return task_id, TaskJson(version=version, body=body.encode())


def delete_task(actor: int, task_id: int, *, version: int | None) -> None:
    """Delete it with everything that belongs to it; with a version, only if it is still that."""
    with transaction.atomic():
        task, _ = locked_task_for(actor, task_id)
        if version not in (None, task.version):
            raise VersionStale()
        record_activity(
            actor,
            task.project_id,
            verb="deleted",
            subject="task",
            subject_id=task_id,
            data={"number": task.number},
        )
        task.delete()
