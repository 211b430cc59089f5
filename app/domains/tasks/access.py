"""What somebody may do with a task: asked in the statement that does it, or in one of its own."""

from dataclasses import dataclass

from core.db.statements import fetch_one
from domains.projects.access import Reached, checked
from domains.projects.models import Role

# Of a project `p` and the membership `m` of who asks: the fields of `Reached`, in its order.
REACHED = "p.id, p.owner_id, p.is_public, p.archived, p.version, m.role"
MEMBER = "LEFT JOIN projects_membership m ON m.project_id = p.id AND m.user_id = %(actor)s"
OF_TASK = f"JOIN projects_project p ON p.id = t.project_id {MEMBER}"
WRITES = f"NOT r.archived AND r.role IN ('{Role.EDITOR}', '{Role.OWNER}')"
TASK = f"SELECT {REACHED} FROM tasks_task t {OF_TASK} WHERE t.id = %(id)s"
HANGING = {kind: f"""
SELECT {REACHED}, h.author_id, h.task_id
FROM tasks_{kind} h JOIN tasks_task t ON t.id = h.task_id {OF_TASK}
WHERE h.id = %(id)s
""" for kind in ("comment", "attachment")}


@dataclass(frozen=True, slots=True)
class Hanging:
    """What hangs on a task: its project, who wrote it, and the task."""

    project: Reached
    author: int | None
    task: int

    def may_go(self, *, by: int) -> bool:
        """Whether somebody may take it away: who wrote it, or an owner."""
        return self.author == by or self.project.allows(Role.OWNER)


def task_for(actor: int, task_id: int, *, at_least: Role) -> Reached:
    """The project of a task, when this user may do there what `at_least` may.

    Raises as `project_for` does.
    """
    row = fetch_one(TASK, {"actor": actor, "id": task_id})
    return checked(Reached(*row) if row else None, at_least=at_least)


def hanging_for(actor: int, number: int, *, kind: str, at_least: Role) -> Hanging:
    """The same for a `comment` or an `attachment`."""
    row = fetch_one(HANGING[kind], {"actor": actor, "id": number})
    project = checked(Reached(*row[:6]) if row else None, at_least=at_least)
    return Hanging(project, *row[6:])
