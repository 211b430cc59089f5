"""Access to tasks: a lock for writes by the ORM, and the SQL fragments that check access.

The fragments name the task `t`, its project `p` and the caller's membership `m`; a statement that
changes something calls the row that they give `access`.
"""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet, Subquery

from domains.projects.access import MEMBER_JOIN, locked_row_for
from domains.projects.models import Role
from domains.tasks.models import Task

PROJECT_OF_TASK = f"JOIN projects_project p ON p.id = t.project_id {MEMBER_JOIN}"
MAY_WRITE = f"NOT access.archived AND access.role IN ('{Role.EDITOR}', '{Role.OWNER}')"


def locked_task_for(actor: int, task_id: int) -> tuple[Task, Any]:
    """A task, locked for a write by an editor, and the editor as the author of what is written."""
    users = get_user_model().objects
    name = Subquery(users.filter(pk=actor).values("name"))
    tasks = Task.objects.filter(pk=task_id).defer("search", "description")
    rows: QuerySet[Any] = tasks.annotate(actor_name=name)
    task, _ = locked_row_for(actor, rows, project="project")
    return task, get_user_model()(pk=actor, name=task.actor_name)
