"""The list that a project opens with, from the cache: one for all who may read it."""

from functools import partial

from core.cache.cached import Cached
from domains.projects.shared_answers import shared_answer
from domains.tasks.pages import Asked, page

# It shows the names of people too: a changed name is seen when the TTL is over.
FIRST_PAGE = Cached(name="tasks", seconds=60)


def shared_list(reader: int, asked: Asked) -> bytes:
    """The first page without filters. Raises Http404 as `project_for` does."""
    compute = partial(page, asked, reader=None)
    return shared_answer(
        reader, asked.project, cached=FIRST_PAGE, key=asked.address, compute=compute
    )
