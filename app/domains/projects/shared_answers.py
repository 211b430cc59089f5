"""Answers that all readers of a project share, from the cache, with access checked each time.

The answer and the reader's role are looked up together, by marks that were read with the session.
A role is believed for as long as nothing happened to the project's access, and ROLE_SECONDS at
most: that is how long somebody who was removed could go on reading, if Redis lost the event.
Changes never ask this cache.
"""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from core.cache.cached import NOTHING, Cached, Compute, look
from domains.projects.access import project_for
from domains.projects.events import ACCESS
from domains.projects.models import Role

ROLE_SECONDS = 10
READERS = Cached(name="readers", seconds=ROLE_SECONDS, stale=0, ends_with=(ACCESS,))


class Shares:
    """For an APIView whose GET of a project is a shared answer: stands before APIView.

    The marks that it needs are read with the session: `known(request)` has them then.
    """

    declared: Cached
    kwargs: dict[str, Any]

    def foresees(self, request: Request) -> list[str]:
        """The names of the marks; none for what is answered in another way."""
        if request.method != "GET" or request.META.get("QUERY_STRING"):
            return []
        events = (*READERS.ends_with, *self.declared.ends_with)
        return [event.key(of=self.kwargs["project_id"]) for event in events]


def known(request: Request) -> Mapping[str, str | None]:
    """The marks that were read when it was asked who asks."""
    found: Mapping[str, str | None] = getattr(request, "marks", NOTHING)
    return found


def shared_answer(
    user_id: int,
    project_id: int,
    *,
    declared: Cached,
    key: str,
    compute: Compute,
    marks: Mapping[str, str | None] = NOTHING,
) -> bytes:
    """The answer of a declared cache, for who may read the project.

    `key` is all that the answer depends on beside the project: never who asks. `marks` are those
    that are known already. Raises Http404 as `project_for` does. No query when both are known.
    """
    role = READERS.place(str(user_id), of=project_id)
    answer = declared.place(key, of=project_id)
    look(role, answer, known=marks)

    def may_read() -> bytes:
        return (project_for(user_id, project_id, at_least=Role.VIEWER).role or "public").encode()

    READERS.take(role, compute=may_read)
    return declared.take(answer, compute=compute)
