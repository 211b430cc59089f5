"""One read of many keys from Redis, with little around it.

redis-py's own `mget` spends more time on telemetry, filters and retries than on the command. We
retry nothing either way; a connection on which anything went wrong is closed, so that no late
answer is ever taken for another one's.
"""

from collections.abc import Sequence
from typing import Any


def mget(client: Any, names: Sequence[str]) -> list[Any]:
    """The values in the order of their names; None where there is nothing."""
    pool = client.connection_pool
    connection = pool.get_connection()
    try:
        connection.send_command("MGET", *names)
        found: list[Any] = connection.read_response()
        return found
    except BaseException:
        connection.disconnect()
        raise
    finally:
        pool.release(connection)
