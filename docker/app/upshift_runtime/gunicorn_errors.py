"""Gunicorn's own error answers, for a request that it cannot read, as problem details (RFC 9457).

Its own are HTML, and repeat what was sent. It has no setting for them: `answer_in_json` puts one
function of `gunicorn.util` in the place of another of the same arguments.
"""

import json
from http import HTTPStatus
from typing import Any

TYPE = "application/problem+json"


def answer_in_json() -> None:
    """From now on Gunicorn writes its errors with `write_error`."""
    from gunicorn import util

    util.write_error = write_error


def write_error(sock: Any, status: int, reason: str, message: str) -> None:
    """Send an error to the socket. The message stays in Gunicorn's log."""
    from gunicorn import util

    util.write_nonblock(sock, answer(status))


def answer(status: int) -> bytes:
    """The whole answer, after which the connection ends."""
    title = HTTPStatus(status).phrase
    body = json.dumps({"type": "about:blank", "title": title, "status": status}).encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nConnection: close\r\nContent-Type: {TYPE}\r\n"
        f"Cache-Control: no-store\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body
