"""Queries for one task: JSON that PostgreSQL writes, with access checked in the same statement."""

from dataclasses import dataclass
from hashlib import blake2b

from core.api.etags import tag
from core.db.statements import fetch_one
from domains.projects.access import ACCESS_COLUMNS, ProjectAccess, check_access
from domains.projects.models import Role
from domains.tasks.access import PROJECT_OF_TASK
from domains.tasks.json_sql import ASSIGNEE, AUTHOR, as_json, detail_columns

DETAIL = f"""
SELECT {ACCESS_COLUMNS}, t.version, {as_json(detail_columns())}
FROM tasks_task t {PROJECT_OF_TASK} {ASSIGNEE} {AUTHOR}
WHERE t.id = %(task)s
"""
LETTERS = str.maketrans("0123456789", "ghijklmnop")


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskJson:
    """A task as its readers get it: finished JSON."""

    version: int
    body: bytes

    @property
    def etag(self) -> str:
        """The version, which changes are checked against, and a digest of the body.

        A label or a user can be renamed while the task's version stays.
        """
        digest = blake2b(self.body, digest_size=8).hexdigest().translate(LETTERS)
        return tag(self.version, view=digest)


def task_detail(user_id: int, task_id: int) -> TaskJson:
    """One task, for a user who may read it; one query. Raises as `check_access`."""
    row = fetch_one(DETAIL, {"actor": user_id, "task": task_id})
    check_access(ProjectAccess(*row[:6]) if row else None, at_least=Role.VIEWER)
    return TaskJson(version=row[6], body=row[7].encode())
