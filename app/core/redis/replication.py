"""A change that the replicas must have: one of them may be the primary in a moment."""

from typing import Any

from redis.exceptions import ConnectionError as Away

WITHIN = 500  # milliseconds that the replicas have; below a connection's timeout


def told(pipe: Any, *, replicas: int) -> list[Any]:
    """Run a pipeline, one connection's and so one server's, and wait until so many have it all.

    Raises RedisError when they have not, or when Redis is away.

    Whoever hears that they have not may simply ask again. Then there may be nothing left to
    change, and Redis waits for a connection's own last change: so there is always one.
    """
    if not replicas:
        return list(pipe.execute())
    pipe.set("told", 1).wait(replicas, WITHIN)
    found: list[Any]
    *found, _, have = pipe.execute()
    if have < replicas:
        raise Away(f"{have} replicas have it in time, and {replicas} must")
    return found
