"""The list that a project opens with, from the cache: one for all who may read it."""

from collections.abc import Mapping
from functools import partial

from core.cache.cached import Cached
from domains.projects.events import TASKS
from domains.projects.shared_answers import shared_answer
from domains.tasks.pages import Asked, page

# The names of people are shown too: one that changes is seen after this time.
FIRST_PAGE = Cached(name="tasks", seconds=60, ends_with=(TASKS,))


def shared_list(reader: int, asked: Asked, *, marks: Mapping[str, str | None]) -> bytes:
    """The first page without filters. Raises Http404 as `project_for` does."""
    compute = partial(page, asked, reader=None)
    return shared_answer(
        reader,
        asked.project,
        declared=FIRST_PAGE,
        key=asked.address,
        compute=compute,
        marks=marks,
    )
