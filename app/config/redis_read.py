"""One read of many keys from Redis, with little around it.

redis-py's own `mget` spends more time on telemetry, filters and retries than on the command. We
retry nothing either way; a connection on which anything went wrong is closed, so that no late
answer is ever taken for another one's.
"""

from collections.abc import Sequence
from typing import Any


def mget(client: Any, names: Sequence[str]) -> list[Any]:
    """The values in the order of their names; None where there is nothing."""
    found: list[Any] = _asked(client, [("MGET", *names)])[0]
    return found


def get_from_primary(client: Any, names: Sequence[str]) -> list[Any]:
    """The same in one round trip, and not from a primary that has lost all its replicas.

    GETEX changes nothing here, but to Redis it is a command that may write: under
    `min-replicas-to-write` a primary that was cut off refuses it, as it refuses a change.
    """
    return _asked(client, [("GETEX", name) for name in names])


def _asked(client: Any, commands: Sequence[tuple[str, ...]]) -> list[Any]:
    pool = client.connection_pool
    connection = pool.get_connection()
    try:
        connection.send_packed_command(connection.pack_commands(commands))
        return [connection.read_response() for _ in commands]
    except BaseException:
        connection.disconnect()
        raise
    finally:
        pool.release(connection)
