"""The DATABASES engine `core.db.postgres`.

Django's pool asks a connection for a sign of life before each use: a round trip, and a sixth of the
time of a short answer. A server that ends a connection says so, which can be seen at the socket.
What cannot be seen there, a machine that is gone without a word, held up that question as it would
hold up the next statement; `tcp_user_timeout` and the keepalives of the settings end both.
"""

import select
from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg_pool import ConnectionPool


def look(connection: Connection[Any]) -> None:
    """Raise when the connection has ended. Only where something has come is its server asked."""
    if connection.closed or _has_news(connection):
        ConnectionPool.check_connection(connection)


def _has_news(connection: Connection[Any]) -> bool:
    """Whether there is anything to read, an end too, although nothing was asked."""
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)
    return bool(socket.poll(0))


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for the pool's look at what it hands out."""

    @property
    def pool(self) -> ConnectionPool[Any] | None:
        """The pool of this alias, made as Django makes it; None where none is configured."""
        options = self.settings_dict["OPTIONS"].get("pool")
        pools: dict[str, ConnectionPool[Any]] = self._connection_pools  # type: ignore[attr-defined]
        if options and self.alias != NO_DB_ALIAS and self.alias not in pools:
            made: ConnectionPool[Any] = ConnectionPool(
                # Django sets it as it needs it later on.
                kwargs={**self.get_connection_params(), "autocommit": True},
                open=False,
                configure=self._configure_connection,  # type: ignore[attr-defined]
                check=look,
                **options,
            )
            pools.setdefault(self.alias, made)  # of several threads the first one's
        return super().pool  # type: ignore[misc,no-any-return]
