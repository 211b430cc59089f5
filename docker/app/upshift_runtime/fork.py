"""Connections that a project opened before its process forks.

A connection that two processes share is read by both: one user gets the rows of another. It has to
be closed before the fork, by the process that opened it. Closed in a worker, psycopg would end the
server's session under all the others; and a pool's threads do not exist in a worker at all.

Closed here: Django's connections and pools (also psycopg's), Django's caches, and the pools of
kombu, through which Celery sends. Not known here, and only named in the log when they are open:
clients that the project made itself (MongoDB, Elasticsearch, HTTP). redis-py looks at the process's
number by itself.
"""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

Address = tuple[str, int]
POSTGRES_PORT = 5432


class OpenConnection(Exception):
    """A connection to the database is still open although all that is known was closed."""


def close_connections() -> None:
    """Close what this process opened, before a fork. What was never loaded is not imported."""
    settings = getattr(sys.modules.get("django.conf"), "settings", None)
    if settings is not None and settings.configured:
        _close_databases()
        _close_caches()
    _close_brokers()


def demand_closed() -> None:
    """Raise OpenConnection while a connection to one of Django's databases is open.

    Other open connections and threads are named in the log: most clients notice a fork.
    """
    databases = set(_database_addresses())
    peers = list(connected_peers())
    shared = [peer for peer in peers if peer in databases]
    if shared:
        raise OpenConnection(
            f"the project opened a connection to the database ({_named(shared)}) while it was"
            " loaded, outside of Django's connections: every worker would share it, and one user"
            " could be shown the rows of another. Open it when it is first used, or set"
            " service.preload: false (of Celery's worker only the first is a way out)"
        )
    if peers:
        say(f"connections that are open before the fork, shared by workers: {_named(peers)}")
    others = [each.name for each in threading.enumerate() if each is not threading.main_thread()]
    if others:
        say(f"threads that do not run in the workers: {', '.join(sorted(others))}")


def say(text: str) -> None:
    """Write a line to the log, whatever the project's LOGGING disables."""
    sys.stderr.write(f"upshift: {text}\n")


def _close_databases() -> None:
    from django.core.exceptions import ImproperlyConfigured
    from django.db import connections

    connections.close_all()
    for alias in connections:
        try:
            # Only PostgreSQL's (Django 5.1) and Oracle's (5.2) have one. It may have been opened
            # by another thread, so an alias without a connection here is asked too.
            close_pool = getattr(connections[alias], "close_pool", None)
            if close_pool is not None:
                with suppress(KeyError):  # closed by another thread just now
                    close_pool()
        except ImproperlyConfigured:
            continue  # it cannot be opened either; the first request will say why


def _close_caches() -> None:
    module = sys.modules.get("django.core.cache")
    if module is None:
        return
    caches: Any = module.caches
    try:
        caches.close_all()
    except Exception as error:  # of any client; a cache that is unavailable stops no start
        say(f"a cache could not be closed before the fork: {error}")
    for alias in caches:
        # Made anew in each worker: pylibmc's connections end with their object only.
        with suppress(AttributeError):  # it was not made here
            del caches[alias]


def _close_brokers() -> None:
    pools = sys.modules.get("kombu.pools")
    if pools is None:
        return
    for group in (pools.producers, pools.connections):  # a producer holds one of the connections
        for pool in list(group.values()):
            if pool.limit:
                pool.resize(pool.limit, reset=True)  # closes all of it, and fills it again
            else:
                pool.force_close_all(close_pool=False)


def connected_peers() -> Iterator[Any]:
    """The other end of each connection of this process: (address, port), or a unix path."""
    folder = "/proc/self/fd"
    for number in os.listdir(folder):
        with suppress(OSError):  # closed meanwhile (the list's own), or not connected
            if not os.readlink(f"{folder}/{number}").startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(number))) as opened:
                peer = opened.getpeername()
                if peer and opened.type == socket.SOCK_STREAM:
                    yield peer[:2] if isinstance(peer, tuple) else peer


def _database_addresses() -> Iterator[Address]:
    settings = getattr(sys.modules.get("django.conf"), "settings", None)
    if settings is None or not settings.configured:
        return
    for database in settings.DATABASES.values():
        port = int(database.get("PORT") or POSTGRES_PORT)
        for host in str(database.get("HOST") or "").split(","):
            with suppress(OSError):  # no name: nothing can be connected to it either
                for found in socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM):
                    yield str(found[4][0]), int(found[4][1])


def _named(peers: list[Any]) -> str:
    return ", ".join(f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else peer for peer in peers)
