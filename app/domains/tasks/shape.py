"""How PostgreSQL writes a task, a list's line and a person as JSON: finished text, sent as it is.

Each shape is documented by a serializer of the same fields; a test compares the two. In the
columns `t` is the task, `a` who it is assigned to, `u` who wrote it.
"""

CLOCK = """to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
ASSIGNEE = "LEFT JOIN accounts_user a ON a.id = t.assignee_id"
AUTHOR = "LEFT JOIN accounts_user u ON u.id = t.author_id"
# Which labels: those in the table, or those that this very statement gives the task, which it
# cannot see in the table yet.
LABELS_KEPT = "tasks_tasklabel k JOIN tasks_label l ON l.id = k.label_id WHERE k.task_id = t.id"


def time(column: str) -> str:
    """A moment as the REST framework writes it."""
    return CLOCK.format(column=column)


def person(alias: str) -> str:
    """An account: its number and its name, or null."""
    fields = f"json_build_object('id', {alias}.id, 'name', {alias}.name)"
    return f"CASE WHEN {alias}.id IS NOT NULL THEN {fields} END"


def labels(which: str) -> str:
    """Labels by name; `which` is the rest of a FROM that calls them `l`."""
    one = "json_build_object('id', l.id, 'name', l.name, 'color', l.color)"
    return f"(SELECT coalesce(json_agg({one} ORDER BY l.name), '[]') FROM {which})"


def line(*, with_labels: str = LABELS_KEPT) -> str:
    """The columns of a list's line."""
    return (
        "t.id, t.project_id AS project, t.number, t.title, t.status, t.priority, "
        f"{person('a')} AS assignee, t.due, {labels(with_labels)} AS labels, t.version, "
        f"{time('t.created_at')} AS created_at, {time('t.updated_at')} AS updated_at"
    )


def whole(*, with_labels: str = LABELS_KEPT) -> str:
    """The columns of one task: a line's, its text, and who wrote it."""
    return f"{line(with_labels=with_labels)}, t.description, {person('u')} AS author"


def as_text(columns: str) -> str:
    """One row of these columns as compact JSON."""
    return f"(SELECT row_to_json(shown)::text FROM (SELECT {columns}) shown)"
