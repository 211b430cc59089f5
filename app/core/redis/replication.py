"""Changes and reads that a failover must not undo: a replica may be the primary in a moment."""

from collections.abc import Sequence
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError

WAIT_MS = 500  # how long the replicas may take; below a connection's timeout


def wait_for_replicas(pipe: Any, *, replicas: int) -> list[Any]:
    """Execute a pipeline, and wait until so many replicas have its changes.

    Raises RedisError when they do not have them in time, or when Redis is unavailable. The caller
    may then repeat the call. Redis waits for the last change of a connection, and a repeated call
    may have nothing left to change, so that the pipeline always ends with a change of its own.
    """
    if not replicas:
        return list(pipe.execute())
    pipe.set("replicated", 1).wait(replicas, WAIT_MS)
    found: list[Any]
    *found, _, acknowledged = pipe.execute()
    if acknowledged < replicas:
        raise RedisConnectionError(f"{acknowledged} of {replicas} replicas have the change in time")
    return found


def read_from_primary(client: Any, keys: Sequence[str]) -> list[Any]:
    """The values of the keys in one round trip; never from a primary that lost its replicas.

    GETEX changes nothing here, but Redis treats it as a write: under `min-replicas-to-write` a
    primary that was cut off refuses it, while it would still answer MGET.
    """
    pipe = client.pipeline(transaction=False)
    for key in keys:
        pipe.getex(key)
    return list(pipe.execute())
