"""Answers that all readers of a project share, from the cache, with access checked each time."""

from core.cache.cached import Cached, Compute
from core.db.statements import fetch_one
from domains.projects.access import ProjectAccess, check_access
from domains.projects.models import Role

ACCESS_AND_VERSION = """
SELECT p.id, p.owner_id, p.is_public, p.archived, p.version, m.role, v.version
FROM projects_project p
LEFT JOIN projects_membership m ON m.project_id = p.id AND m.user_id = %(actor)s
LEFT JOIN projects_contentversion v ON v.project_id = p.id
WHERE p.id = %(project)s
"""


def shared_answer(
    user_id: int, project_id: int, *, cached: Cached, key: str, compute: Compute
) -> bytes:
    """The answer of a declared cache, for a user who may read the project.

    `key` is all that the answer depends on beside the project: never the user. One query, on the
    primary, reads the user's role and the version of the project's content; the version is part
    of the cache key. Raises Http404 as `project_for` does.
    """
    row = fetch_one(ACCESS_AND_VERSION, {"actor": user_id, "project": project_id})
    *project, version = row or [None]
    check_access(ProjectAccess(*project) if row else None, at_least=Role.VIEWER)
    return cached.get_or_compute(f"{project_id}:{version}:{key}", compute=compute)
