"""The project's WSGI application, told the client's address.

On a unix socket Gunicorn has no address to give: REMOTE_ADDR is empty, and what counts by it
(django-allauth, django-axes, a rate limit) refuses, or takes all clients for one. The edge sends
the address as X-Real-IP, overwriting what a client says, and only the edge reaches the socket.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
# Without the edge only this container itself reaches the socket: its health command.
ITSELF = "127.0.0.1"


class BehindEdge:
    """A WSGI application whose REMOTE_ADDR is the client's address."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """The application's answer. A peer with an address (TCP) keeps it."""
        if not environ.get("REMOTE_ADDR"):
            environ["REMOTE_ADDR"] = client_address(environ.get("HTTP_X_REAL_IP", ""))
        return self._application(environ, start_response)


@lru_cache(maxsize=4096)
def client_address(given: str) -> str:
    """The address as Python writes it, an IPv4 one that came over IPv6 as IPv4."""
    try:
        found = ip_address(given.strip())
    except ValueError:
        return ITSELF
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(found)


def behind_edge(project: str) -> BehindEdge:
    """Load `module:application` as Gunicorn does, and wrap it."""
    from gunicorn.util import import_app

    return BehindEdge(import_app(project))
