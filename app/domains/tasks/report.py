"""The report of a project: counts of its tasks in one query, cached for all its readers."""

from functools import partial
from typing import Any

from core.cache.cached import Cached
from core.db.statements import fetch_all
from domains.projects.selectors import as_json
from domains.projects.serializers import ReportOutput
from domains.projects.shared_answers import shared_answer
from domains.tasks.models import Priority, Status

MAX_ASSIGNEES = 50
REPORT = Cached(name="report", seconds=60)
# One look at the tasks for all groups. Bits of `which`: 1 no assignee, 2 no priority, 4 no status
# in the group; so 3 is by status, 5 by priority, 6 by assignee, and 7 is all.
COUNTS = f"""
WITH counted AS (
  SELECT grouping(status, priority, assignee_id) AS which, status, priority, assignee_id,
    count(*) AS tasks,
    count(*) FILTER (
      WHERE due < (now() AT TIME ZONE 'UTC')::date AND status <> '{Status.DONE}'
    ) AS overdue
  FROM tasks_task WHERE project_id = %(project)s
  GROUP BY GROUPING SETS ((status), (priority), (assignee_id), ())
)
SELECT c.which, c.status, c.priority, c.assignee_id, u.name, c.tasks, c.overdue
FROM counted c LEFT JOIN accounts_user u ON u.id = c.assignee_id
ORDER BY c.tasks DESC, c.assignee_id
"""
STATUS, PRIORITY, ASSIGNEE = 3, 5, 6


def report_for(user_id: int, project_id: int) -> bytes:
    """The report as JSON. Raises Http404 as `project_for` does."""
    compute = partial(_report, project_id)
    return shared_answer(user_id, project_id, cached=REPORT, key="", compute=compute)


def _report(project_id: int) -> bytes:
    rows = fetch_all(COUNTS, {"project": project_id})
    return as_json(ReportOutput(build_report(rows)).data)


def build_report(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """The rows of COUNTS as the report; a status or priority that no task has is there, with 0."""
    report: dict[str, Any] = {
        **{"total": 0, "overdue": 0, "by_assignee": []},
        "by_status": dict.fromkeys(Status.values, 0),
        "by_priority": {choice.name.lower(): 0 for choice in Priority},
    }
    for which, status, priority, assignee, name, tasks, overdue in rows:
        if which == STATUS:
            report["by_status"][status] = tasks
        elif which == PRIORITY:
            report["by_priority"][Priority(priority).name.lower()] = tasks
        elif which == ASSIGNEE:
            person = {"user": assignee, "name": name, "tasks": tasks, "overdue": overdue}
            report["by_assignee"].append(person)
        else:
            report |= {"total": tasks, "overdue": overdue}
    report["by_assignee"] = report["by_assignee"][:MAX_ASSIGNEES]
    return report
