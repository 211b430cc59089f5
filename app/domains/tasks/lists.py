"""The first page of a project's tasks, cached once for all users who may read it."""

from functools import partial

from core.cache.cached import Cached
from domains.projects.shared_answers import shared_answer
from domains.tasks.pages import PageRequest, page

# It shows names of users too: a changed name is seen when the TTL is over.
FIRST_PAGE = Cached(name="tasks", seconds=60)


def shared_list(reader: int, request: PageRequest) -> bytes:
    """The first page without filters. Raises Http404 as `project_for` does."""
    compute = partial(page, request, reader=None)
    return shared_answer(
        reader, request.project, cached=FIRST_PAGE, key=request.url, compute=compute
    )
