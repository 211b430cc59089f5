"""What changes one task: access, change, labels and what is told of it, in one statement."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from psycopg.errors import ForeignKeyViolation

from core.api.etags import VersionStale
from core.db.statements import fetch_one
from domains.projects.access import UNCHANGED, Reached, writable
from domains.projects.activity import activity
from domains.projects.models import Role
from domains.tasks.access import MEMBER, OF_TASK, REACHED, WRITES
from domains.tasks.fields import NEW
from domains.tasks.selectors import Shown
from domains.tasks.shape import ASSIGNEE, AUTHOR, LABELS_KEPT, as_text, whole

LABELLED = "tasks_tasklabel"
NO_LABEL = "The project has no such label."
NO_MEMBER = "Nobody of this number is a member of the project."
NUMBER = "jsonb_build_object('number', number)"
# What the input names must belong to the project. `reached` is there, and has one row at most.
NAMED = f"""
labels AS (
  SELECT l.id, l.name, l.color FROM tasks_label l
  WHERE l.project_id = (SELECT id FROM reached) AND l.id = ANY(%(labels)s::bigint[])
), assigned AS (
  SELECT m.user_id FROM projects_membership m
  WHERE m.project_id = (SELECT id FROM reached) AND m.user_id = %(assignee)s::bigint
), named AS (
  SELECT %(labels)s::bigint[] IS NULL
      OR (SELECT count(*) FROM labels) = cardinality(%(labels)s::bigint[]) AS labels,
    %(assignee)s::bigint IS NULL OR EXISTS (SELECT FROM assigned) AS assignee
), fit AS (
  SELECT r.id FROM reached r, named n WHERE {WRITES} AND n.labels AND n.assignee
)"""


def shown(*, with_labels: str) -> str:
    """The rest of a statement: what came of it, `made`, as its readers see it."""
    return f"""
SELECT r.*, n.labels, n.assignee, t.version, t.id, t.project_id,
  CASE WHEN t.id IS NOT NULL THEN {as_text(whole(with_labels=with_labels))} END
FROM reached r CROSS JOIN named n LEFT JOIN made t ON true {ASSIGNEE} {AUTHOR}
"""


FIELDS = ("title", "description", "status", "priority", "assignee_id", "due")
CREATE = f"""
WITH reached AS (
  SELECT {REACHED} FROM projects_project p {MEMBER} WHERE p.id = %(project)s {UNCHANGED}
), {NAMED}, numbered AS (
  UPDATE projects_project p SET last_task = p.last_task + 1 FROM fit WHERE p.id = fit.id
  RETURNING p.id, p.last_task
), made AS (
  INSERT INTO tasks_task (project_id, number, author_id, {", ".join(FIELDS)})
  SELECT id, last_task, %(actor)s, %(title)s, %(description)s, %(status)s, %(priority)s,
    %(assignee)s::bigint, %(due)s::date
  FROM numbered
  RETURNING *
), labelled AS (
  INSERT INTO tasks_tasklabel (task_id, label_id) SELECT made.id, labels.id FROM made, labels
), told AS ({activity("created", of="made", subject="task", data=NUMBER)})
{shown(with_labels="labels l")}
"""
TOLD = "jsonb_build_object('number', number, 'fields', %(told)s::jsonb)"
CHANGE = f"""
WITH reached AS (
  SELECT {REACHED} FROM tasks_task t {OF_TASK} WHERE t.id = %(task)s {UNCHANGED}
), {NAMED}, made AS (
  UPDATE tasks_task t SET {{changes}} version = t.version + 1, updated_at = now()
  FROM fit WHERE t.id = %(task)s AND t.version = %(version)s
  RETURNING t.*
), unlabelled AS (
  DELETE FROM tasks_tasklabel k USING made
  WHERE k.task_id = made.id AND NOT k.label_id = ANY(%(labels)s::bigint[])
), labelled AS (
  INSERT INTO tasks_tasklabel (task_id, label_id) SELECT made.id, labels.id FROM made, labels
  ON CONFLICT DO NOTHING
), told AS ({activity("changed", of="made", subject="task", data=TOLD)})
{{shown}}
"""
DELETE = f"""
WITH reached AS (
  SELECT {REACHED} FROM tasks_task t {OF_TASK} WHERE t.id = %(task)s {UNCHANGED}
), gone AS (
  DELETE FROM tasks_task t USING reached r
  WHERE t.id = %(task)s AND t.version = coalesce(%(version)s, t.version) AND {WRITES}
  RETURNING t.id, t.project_id, t.number
), told AS ({activity("deleted", of="gone", subject="task", data=NUMBER)})
SELECT r.*, (SELECT count(*) FROM gone) FROM reached r
"""
KEEPING = shown(with_labels=LABELS_KEPT)
GIVING = shown(with_labels="labels l")


def create_task(actor: int, project_id: int, *, given: dict[str, Any]) -> tuple[int, Shown]:
    """A task with the project's next number; its id, and the task as it is shown.

    Raises as `writable` does, and ValidationError for labels and people of elsewhere.
    """
    values = {**NEW, **given, "actor": actor, "project": project_id}
    row = _written(CREATE, values)
    return row[9], Shown(version=row[8], body=row[11].encode())


def change_task(actor: int, task_id: int, *, version: int, changes: dict[str, Any]) -> Shown:
    """Change what is given, when the version is still that. Raises VersionStale otherwise."""
    columns = {name: f"{name}_id" if name == "assignee" else name for name in changes}
    columns.pop("labels", None)
    assigned = "".join(f"{column} = %({name})s, " for name, column in columns.items())
    values = {"labels": None, "assignee": None, **changes}
    values |= {"actor": actor, "task": task_id, "version": version}
    values["told"] = json.dumps(sorted(changes))
    ending = GIVING if "labels" in changes else KEEPING
    row = _written(CHANGE.format(changes=assigned, shown=ending), values)
    return Shown(version=row[8], body=row[11].encode())


def _written(statement: str, values: dict[str, Any]) -> Any:
    """Run a statement that ends with `shown`; its row, when it changed something."""
    try:
        row = fetch_one(statement, values)
    except IntegrityError as error:
        # A label that was there for the statement's own look may go before its write.
        cause = error.__cause__
        if isinstance(cause, ForeignKeyViolation) and cause.diag.table_name == LABELLED:
            raise ValidationError({"labels": [NO_LABEL]}) from None
        raise
    writable(Reached(*row[:6]) if row else None, at_least=Role.EDITOR)
    wrong = {} if row[6] else {"labels": [NO_LABEL]}
    wrong |= {} if row[7] else {"assignee": [NO_MEMBER]}
    if wrong:
        raise ValidationError(wrong)
    if row[9] is None:
        raise VersionStale()
    return row


def delete_task(actor: int, task_id: int, *, version: int | None) -> None:
    """Delete it with all that hangs on it; of this version, when one is given."""
    row = fetch_one(DELETE, {"actor": actor, "task": task_id, "version": version})
    writable(Reached(*row[:6]) if row else None, at_least=Role.EDITOR)
    if not row[6] and version is not None:
        raise VersionStale()
