"""SQL in which PostgreSQL writes tasks as JSON, which is sent to the client as it is.

Each shape is documented by a serializer of the same fields; a test compares the two. `t` is the
task, `a` its assignee, `u` its author.
"""

TIMESTAMP = """to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
ASSIGNEE = "LEFT JOIN accounts_user a ON a.id = t.assignee_id"
AUTHOR = "LEFT JOIN accounts_user u ON u.id = t.author_id"
# The labels in the table. A statement that gives a task other labels does not see them there yet.
STORED_LABELS = "tasks_tasklabel k JOIN tasks_label l ON l.id = k.label_id WHERE k.task_id = t.id"


def timestamp(column: str) -> str:
    """A timestamp as the REST framework writes it."""
    return TIMESTAMP.format(column=column)


def person(alias: str) -> str:
    """An account: its number and its name, or null."""
    fields = f"json_build_object('id', {alias}.id, 'name', {alias}.name)"
    return f"CASE WHEN {alias}.id IS NOT NULL THEN {fields} END"


def labels(source: str) -> str:
    """Labels by name; `source` is the rest of a FROM that calls them `l`."""
    one = "json_build_object('id', l.id, 'name', l.name, 'color', l.color)"
    return f"(SELECT coalesce(json_agg({one} ORDER BY l.name), '[]') FROM {source})"


def list_columns(*, label_source: str = STORED_LABELS) -> str:
    """The columns of a task in a list."""
    return (
        "t.id, t.project_id AS project, t.number, t.title, t.status, t.priority, "
        f"{person('a')} AS assignee, t.due, {labels(label_source)} AS labels, t.version, "
        f"{timestamp('t.created_at')} AS created_at, {timestamp('t.updated_at')} AS updated_at"
    )


def detail_columns(*, label_source: str = STORED_LABELS) -> str:
    """The columns of one task: those of a list, its description and its author."""
    return f"{list_columns(label_source=label_source)}, t.description, {person('u')} AS author"


def as_json(columns: str) -> str:
    """One row of these columns as compact JSON."""
    return f"(SELECT row_to_json(task)::text FROM (SELECT {columns}) task)"
