"""What stands behind a real edge in tests: a server on a unix socket that tells what reached it."""

import json
import socketserver
from http.server import BaseHTTPRequestHandler
from typing import Any

VERSION = '"5.owner"'  # the ETag of /versioned/
OWN_HEADERS = {
    "Content-Security-Policy": "style-src 'self'",
    "X-Frame-Options": "SAMEORIGIN",
    "Strict-Transport-Security": "max-age=3600",
    "Cross-Origin-Opener-Policy": "unsafe-none",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Upstream(BaseHTTPRequestHandler):
    """Answers what it was asked, as JSON; some paths answer in a way of their own."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # noqa: N802
        """`/big/3/` has 3 MiB, `/versioned/` an ETag, `/page/` headers of a project's own."""
        if self.path.startswith("/big/"):
            self._answer(b"x" * (1024 * 1024 * int(self.path.split("/")[2])), kind="text/x-big")
        elif self.path == "/versioned/":
            self._answer(json.dumps({"row": "y" * 600}).encode(), ETag=VERSION)
        elif self.path == "/page/":
            self._answer(b"<h1>page</h1>", kind="text/html", **OWN_HEADERS)
        elif self.path == "/plain/":
            self._answer(b"<h1>page</h1>", kind="text/html")
        else:
            self._echo()

    def do_POST(self) -> None:  # noqa: N802
        """Reads the whole body."""
        self._echo()

    do_PUT = do_PATCH = do_DELETE = do_POST

    def address_string(self) -> str:
        """A unix socket's client has none."""
        return "edge"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Says nothing."""

    def _echo(self) -> None:
        left = length = int(self.headers.get("Content-Length", 0))
        while left:
            left -= len(self.rfile.read(min(left, 1 << 20)))
        told = {name.lower(): value for name, value in self.headers.items()}
        asked = {"method": self.command, "path": self.path, "length": length, "headers": told}
        self._answer(json.dumps(asked).encode())

    def _answer(self, body: bytes, *, kind: str = "application/json", **headers: str) -> None:
        self.send_response(200)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """One thread for each connection, on a unix socket."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of the test's business."""
