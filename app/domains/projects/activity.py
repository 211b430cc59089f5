"""How what happened is written down: in the statement that did it, so that neither is alone."""

FIELDS = "project_id, actor_id, verb, subject, subject_id, data"
NOTHING = "'{}'::jsonb"


def activity(
    verb: str,
    *,
    of: str,
    subject: str,
    project: str = "project_id",
    subject_id: str = "id",
    data: str = NOTHING,
) -> str:
    """An INSERT for a WITH: one activity for each row that the part `of` returns.

    For example `WITH made AS (INSERT INTO tasks_task … RETURNING *), told AS (` +
    `activity("created", of="made", subject="task")` + `) SELECT …`. `project`, `subject_id` and
    `data` are SQL expressions over those rows: give values as parameters, never as text. Who did
    it is the parameter `%(actor)s`.
    """
    return (
        f"INSERT INTO projects_activity ({FIELDS}) "
        f"SELECT {project}, %(actor)s, '{verb}', '{subject}', {subject_id}, {data} FROM {of}"
    )
