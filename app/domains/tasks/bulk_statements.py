"""The two SQL statements of a bulk request: one checks and locks, one applies all changes."""

from domains.projects.access import ACCESS_COLUMNS, MEMBER_JOIN
from domains.projects.activity import activity_sql
from domains.tasks.json_sql import ASSIGNEE, AUTHOR, STORED_LABELS, as_json, detail_columns

# The project first, then the tasks by id: every request locks in this order, so that no two wait
# for each other.
LOCK = f"""
WITH access AS (
  SELECT {ACCESS_COLUMNS} FROM projects_project p {MEMBER_JOIN} WHERE p.id = %(project)s
  FOR NO KEY UPDATE OF p
), locked AS (
  SELECT t.id, t.version FROM tasks_task t JOIN access ON access.id = t.project_id
  WHERE t.id = ANY(%(tasks)s::bigint[]) ORDER BY t.id FOR UPDATE OF t
)
SELECT access.*,
  (SELECT coalesce(json_agg(l.id), '[]')::text FROM tasks_label l
   WHERE l.project_id = access.id AND l.id = ANY(%(labels)s::bigint[])),
  (SELECT coalesce(json_agg(o.user_id), '[]')::text FROM projects_membership o
   WHERE o.project_id = access.id AND o.user_id = ANY(%(users)s::bigint[])),
  (SELECT coalesce(json_object_agg(id, version), '{{}}')::text FROM locked)
FROM access
"""


def items(name: str) -> str:
    """The JSON of the parameter of the same name, as rows."""
    return f"""{name} AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(%({name})s::jsonb) AS item (
    index int, id bigint, title text, description text, status text, priority smallint,
    assignee bigint, due date, labels bigint[], fields jsonb
  )
)"""


NUMBER = "jsonb_build_object('number', number)"
GIVEN_LABELS = "tasks_label l WHERE l.id = ANY(t.labels)"
# `placed` gives each new row what came with it: the numbers follow the indexes.
CREATED = f"""{items("new")}, numbered AS (
  UPDATE projects_project SET last_task = last_task + (SELECT count(*) FROM new)
  WHERE id = %(project)s AND EXISTS (SELECT FROM new)
  RETURNING id, last_task - (SELECT count(*) FROM new) AS before
), created AS (
  INSERT INTO tasks_task (project_id, number, author_id, title, description, status, priority,
    assignee_id, due)
  SELECT n.id, n.before + i.index + 1, %(actor)s, i.title, i.description, i.status, i.priority,
    i.assignee, i.due
  FROM new i, numbered n ORDER BY i.index
  RETURNING *
), placed AS (
  SELECT created.*, i.index, i.labels FROM created, numbered n, new i
  WHERE i.index = created.number - n.before - 1
), labelled_new AS (
  INSERT INTO tasks_tasklabel (task_id, label_id) SELECT id, unnest(labels) FROM placed
), recorded_new AS (
  {activity_sql("created", rows="created", subject="task", data=NUMBER)}
)"""
GIVEN_OR_STORED_LABELS = f"""tasks_label l
  WHERE l.project_id = t.project_id AND CASE WHEN t.fields ? 'labels' THEN l.id = ANY(t.labels)
  ELSE EXISTS (SELECT FROM {STORED_LABELS} AND k.label_id = l.id) END"""
CHANGED_FIELDS = "jsonb_build_object('number', number, 'fields', fields)"


def assignment(name: str) -> str:
    """A column's new value: the given one, null too, else the present one."""
    given = name.removesuffix("_id")
    return f"{name} = CASE WHEN i.fields ? '{given}' THEN i.{given} ELSE t.{name} END"


COLUMNS = ("title", "description", "status", "priority", "assignee_id", "due")
UPDATED = f"""{items("old")}, deleted AS (
  DELETE FROM tasks_task
  WHERE project_id = %(project)s AND id = ANY(%(delete)s::bigint[])
  RETURNING id, project_id, number
), updated AS (
  UPDATE tasks_task t SET {", ".join(map(assignment, COLUMNS))},
    version = t.version + 1, updated_at = now()
  FROM old i WHERE t.id = i.id AND t.project_id = %(project)s
  RETURNING t.*, i.index, i.labels, i.fields
), unlabelled AS (
  DELETE FROM tasks_tasklabel k USING updated
  WHERE k.task_id = updated.id AND updated.fields ? 'labels'
    AND NOT k.label_id = ANY(updated.labels)
), labelled AS (
  INSERT INTO tasks_tasklabel (task_id, label_id)
  SELECT id, unnest(labels) FROM updated WHERE fields ? 'labels' ON CONFLICT DO NOTHING
), recorded_changed AS (
  {activity_sql("changed", rows="updated", subject="task", data=CHANGED_FIELDS)}
), recorded_deleted AS (
  {activity_sql("deleted", rows="deleted", subject="task", data=NUMBER)}
)"""
CREATED_JSON = as_json(detail_columns(label_source=GIVEN_LABELS))
UPDATED_JSON = as_json(detail_columns(label_source=GIVEN_OR_STORED_LABELS))
APPLY = f"""
WITH {CREATED}, {UPDATED}
SELECT (SELECT string_agg({CREATED_JSON}, ',' ORDER BY t.index)
    FROM placed t {ASSIGNEE} {AUTHOR}),
  (SELECT string_agg({UPDATED_JSON}, ',' ORDER BY t.index)
    FROM updated t {ASSIGNEE} {AUTHOR})
"""
