"""One read of many keys from Redis, with little around it.

redis-py's own `mget` spends more time on telemetry, filters, retries and on looks at an idle
connection than on the command. Here each thread keeps one connection of the client's pool for
itself. What goes wrong on it closes it, so that no late answer is ever taken for another one's.
"""

import os
import threading
from collections.abc import Sequence
from typing import Any

from redis.exceptions import ConnectionError as Broken


class _Kept(dict[Any, Any]):
    """A thread's connections, by their pool; they end with the thread."""

    def __del__(self) -> None:
        for connection in self.values():
            connection.disconnect()


_thread = threading.local()


def mget(client: Any, names: Sequence[str]) -> list[Any]:
    """The values in the order of their names; None where there is nothing.

    A connection that was closed while it was idle (the server was restarted) is replaced once.
    Raises RedisError, as the client does.
    """
    found: list[Any] = _answers(client, [("MGET", *names)])[0]
    return found


def get_from_primary(client: Any, names: Sequence[str]) -> list[Any]:
    """The same in one round trip, and not from a primary that has lost all its replicas.

    GETEX changes nothing here, but to Redis it is a command that may write: under
    `min-replicas-to-write` a primary that was cut off refuses it, as it refuses a change.
    """
    return _answers(client, [("GETEX", name) for name in names])


def _answers(client: Any, commands: Sequence[tuple[str, ...]]) -> list[Any]:
    connection, is_new = _connection(client.connection_pool)
    try:
        return _asked(connection, commands)
    except Broken:
        if is_new:
            raise
        return _asked(_connection(client.connection_pool)[0], commands)


def _connection(pool: Any) -> tuple[Any, bool]:
    """This thread's own to the pool's server, and whether it has just been made.

    The pool counts what it makes, for ever, and stops at its most; these end with their thread.
    """
    mine: _Kept | None = getattr(_thread, "kept", None)
    if mine is None:
        mine = _thread.kept = _Kept()
    if found := mine.get(pool):
        if found.is_connected and _still_good(found, pool):
            return found, False
        found.disconnect()
    mine[pool] = made = pool.connection_class(**pool.connection_kwargs)
    made.connect()
    return made, True


def _still_good(connection: Any, pool: Any) -> bool:
    """Not another process's from before a fork, nor one to a server that is no primary any more."""
    primary = getattr(pool, "master_address", None)  # what the Sentinels said last
    led = primary is None or primary == (connection.host, connection.port)
    return connection.pid == os.getpid() and led


def _asked(connection: Any, commands: Sequence[tuple[str, ...]]) -> list[Any]:
    try:
        packed = connection.pack_commands(commands)
        connection.send_packed_command(packed, check_health=False)
        return [connection.read_response() for _ in commands]
    except BaseException:
        connection.disconnect()
        raise
