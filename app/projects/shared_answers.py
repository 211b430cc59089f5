"""Answers that all readers of a project share, from the cache, with access checked each time.

The answer and the reader's role are looked up in one round trip. A role is believed for as long
as nothing happened to the project's access, and ROLE_SECONDS at most: that is how long somebody
who was removed could go on reading, if Redis lost the event. Changes never ask this cache.
"""

from config.caches import Cached, Compute, look
from projects.access import project_for
from projects.events import ACCESS
from projects.models import Role

ROLE_SECONDS = 10
READERS = Cached(name="readers", seconds=ROLE_SECONDS, stale=0, ends_with=(ACCESS,))


def shared_answer(
    user_id: int, project_id: int, *, declared: Cached, key: str, compute: Compute
) -> bytes:
    """The answer of a declared cache, for who may read the project.

    `key` is all that the answer depends on beside the project: never who asks. Raises Http404 as
    `project_for` does. No query when both are known.
    """
    role = READERS.place(str(user_id), of=project_id)
    answer = declared.place(key, of=project_id)
    look(role, answer)

    def may_read() -> bytes:
        return (project_for(user_id, project_id, at_least=Role.VIEWER).role or "public").encode()

    READERS.take(role, compute=may_read)
    return declared.take(answer, compute=compute)
