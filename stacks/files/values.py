"""Values from a topology, checked before they stand in a configuration file.

A space, a quote or a semicolon would end a directive, and what follows it would be another one.
"""

import ipaddress
import re

from stacks.errors import TopologyError

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*")
_PATH = re.compile(r"/[A-Za-z0-9._~/-]*")
# Names that pg_hba.conf or the server itself gives a meaning of its own.
_RESERVED = {
    # Not `all`: the developer's quick start gives it on purpose.
    "database": ("replication", "sameuser", "samerole", "postgres", "template0", "template1"),
    "user": ("all", "postgres", "replicator"),
}


def host(name: str) -> str:
    """A host's name (perhaps `*.` before it) or address, as Nginx's `server_name` takes it."""
    if not _HOST.fullmatch(name) and not _is_ipv6(name):
        raise TopologyError(
            f"topology.edge.server_names: {name!r} is no host name",
            hint="for example 'api.example.com', '*.example.com' or '192.0.2.1', without a port",
        )
    return name


def network(address: str) -> str:
    """An address or a network (CIDR)."""
    try:
        return str(ipaddress.ip_network(address))
    except ValueError as error:
        raise TopologyError(
            f"topology.edge.trusted_proxies: {error}",
            hint="an address or a network, for example '10.0.0.0/8'",
        ) from error


def url_path(path: str, *, key: str) -> str:
    """The path of a URL, from the root."""
    if not _PATH.fullmatch(path):
        raise TopologyError(
            f"{key}: {path!r} is no plain path", hint="letters, digits and -._~/ after the first /"
        )
    return path


def free_name(name: str, *, kind: str) -> str:
    """A database's or user's name that PostgreSQL gives no meaning of its own."""
    if name in _RESERVED[kind] or name.startswith("pg-"):
        raise TopologyError(
            f"topology.postgres.{kind}: {name!r} is a name of PostgreSQL's own",
            hint="name it 'app'",
        )
    return name


def _is_ipv6(name: str) -> bool:
    try:
        ipaddress.IPv6Address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return name.startswith("[") and name.endswith("]")
