"""The project's WSGI application, told the client's address, and read to the request's end.

On a unix socket Gunicorn has no address to give: REMOTE_ADDR is empty, and what counts by it
(django-allauth, django-axes, a rate limit) refuses, or takes all clients for one. The edge sends
the address as X-Real-IP, overwriting what a client says, and only the edge reaches the socket.

An application may answer before it has read the body (413, 403). Gunicorn then reads the rest for
a moment only, and closes the connection; the edge is still sending, loses the answer with it, and
tells the client 502. So the rest is read here. The edge has all of it already: no client is waited
for, and its own limit bounds the size.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
# Without the edge only this container itself reaches the socket: its health command.
ITSELF = "127.0.0.1"
CHUNK_BYTES = 65_536


class BehindEdge:
    """A WSGI application whose REMOTE_ADDR is the client's address."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """The application's answer. A peer with an address (TCP) keeps it."""
        if not environ.get("REMOTE_ADDR"):
            environ["REMOTE_ADDR"] = client_address(environ.get("HTTP_X_REAL_IP", ""))
        answer = self._application(environ, start_response)
        # Without a body nothing is wrapped: Gunicorn sends a file's answer by sendfile.
        has_body = environ.get("CONTENT_LENGTH", "") not in ("", "0")
        return WithWholeBody(answer, body=environ["wsgi.input"]) if has_body else answer


class WithWholeBody:
    """An application's answer, at whose end the rest of the request's body is read."""

    def __init__(self, answer: Iterable[bytes], *, body: Any) -> None:
        self._answer = answer
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        """End the answer as WSGI asks (PEP 3333), then read what is left."""
        try:
            if hasattr(self._answer, "close"):
                self._answer.close()
        finally:
            with suppress(OSError):  # the edge has gone
                while self._body.read(CHUNK_BYTES):
                    pass


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
