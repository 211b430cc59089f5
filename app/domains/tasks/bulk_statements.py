"""The two statements of a bulk request: one looks and holds, one does it all."""

from domains.projects.activity import activity
from domains.tasks.access import MEMBER, REACHED
from domains.tasks.shape import ASSIGNEE, AUTHOR, LABELS_KEPT, as_text, whole

# The project and the tasks are held in one order everywhere, so that two requests never wait for
# each other.
HOLD = f"""
WITH reached AS (
  SELECT {REACHED} FROM projects_project p {MEMBER} WHERE p.id = %(project)s
  FOR NO KEY UPDATE OF p
), held AS (
  SELECT t.id, t.version FROM tasks_task t JOIN reached r ON r.id = t.project_id
  WHERE t.id = ANY(%(tasks)s::bigint[]) ORDER BY t.id FOR UPDATE OF t
)
SELECT r.*,
  (SELECT coalesce(json_agg(l.id), '[]')::text FROM tasks_label l
   WHERE l.project_id = r.id AND l.id = ANY(%(labels)s::bigint[])),
  (SELECT coalesce(json_agg(o.user_id), '[]')::text FROM projects_membership o
   WHERE o.project_id = r.id AND o.user_id = ANY(%(people)s::bigint[])),
  (SELECT coalesce(json_object_agg(id, version), '{{}}')::text FROM held)
FROM reached r
"""


def items(name: str) -> str:
    """What is asked for as rows, from the JSON that the parameter of the same name holds."""
    return f"""{name} AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(%({name})s::jsonb) AS item (
    place int, id bigint, title text, description text, status text, priority smallint,
    assignee bigint, due date, labels bigint[], told jsonb
  )
)"""


GIVEN = "tasks_label l WHERE l.id = ANY(t.labels)"
# The last part gives each new row what came with it: the numbers follow the places.
CREATE = f"""{items("new")}, numbered AS (
  UPDATE projects_project SET last_task = last_task + (SELECT count(*) FROM new)
  WHERE id = %(project)s AND EXISTS (SELECT FROM new)
  RETURNING id, last_task - (SELECT count(*) FROM new) AS before
), created AS (
  INSERT INTO tasks_task (project_id, number, author_id, title, description, status, priority,
    assignee_id, due)
  SELECT n.id, n.before + i.place + 1, %(actor)s, i.title, i.description, i.status, i.priority,
    i.assignee, i.due
  FROM new i, numbered n ORDER BY i.place
  RETURNING *
), placed AS (
  SELECT created.*, i.place, i.labels FROM created, numbered n, new i
  WHERE i.place = created.number - n.before - 1
), labelled_new AS (
  INSERT INTO tasks_tasklabel (task_id, label_id) SELECT id, unnest(labels) FROM placed
), told_new AS (
  {activity("created", of="created", subject="task", data="jsonb_build_object('number', number)")}
)"""
EITHER = f"""tasks_label l
  WHERE l.project_id = t.project_id AND CASE WHEN t.told ? 'labels' THEN l.id = ANY(t.labels)
  ELSE EXISTS (SELECT FROM {LABELS_KEPT} AND k.label_id = l.id) END"""
TOLD = "jsonb_build_object('number', number, 'fields', told)"


def either(name: str) -> str:
    """A column's new value: what is given, null too, else what there is."""
    given = name.removesuffix("_id")
    return f"{name} = CASE WHEN i.told ? '{given}' THEN i.{given} ELSE t.{name} END"


CHANGED = ("title", "description", "status", "priority", "assignee_id", "due")
CHANGE = f"""{items("old")}, gone AS (
  DELETE FROM tasks_task
  WHERE project_id = %(project)s AND id = ANY(%(delete)s::bigint[])
  RETURNING id, project_id, number
), made AS (
  UPDATE tasks_task t SET {", ".join(map(either, CHANGED))},
    version = t.version + 1, updated_at = now()
  FROM old i WHERE t.id = i.id AND t.project_id = %(project)s
  RETURNING t.*, i.place, i.labels, i.told
), unlabelled AS (
  DELETE FROM tasks_tasklabel k USING made
  WHERE k.task_id = made.id AND made.told ? 'labels' AND NOT k.label_id = ANY(made.labels)
), labelled AS (
  INSERT INTO tasks_tasklabel (task_id, label_id)
  SELECT id, unnest(labels) FROM made WHERE told ? 'labels' ON CONFLICT DO NOTHING
), told_changed AS ({activity("changed", of="made", subject="task", data=TOLD)}
), told_gone AS (
  {activity("deleted", of="gone", subject="task", data="jsonb_build_object('number', number)")}
)"""
DO = f"""
WITH {CREATE}, {CHANGE}
SELECT (SELECT string_agg({as_text(whole(with_labels=GIVEN))}, ',' ORDER BY t.place)
    FROM placed t {ASSIGNEE} {AUTHOR}),
  (SELECT string_agg({as_text(whole(with_labels=EITHER))}, ',' ORDER BY t.place)
    FROM made t {ASSIGNEE} {AUTHOR})
"""
