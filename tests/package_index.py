"""A package index for the tests: a folder, served on the loopback address, perhaps with a login."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Index(ThreadingHTTPServer):
    """Serves /simple/<name>/ (PEP 503) and the files of a folder; keeps the paths it was asked."""

    def __init__(self, folder: Path, *, login: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.folder = folder
        self.login = login
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """The index's address, with its login."""
        login = f"{self.login}@" if self.login else ""
        return f"http://{login}127.0.0.1:{self.server_port}/simple/"


class _Request(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        expected = "Basic " + base64.b64encode(self.server.login.encode()).decode()
        if self.server.login and self.headers.get("Authorization") != expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="index"')
            self.end_headers()
            return
        body = self._body(self.path.strip("/"))
        self.send_response(404 if body is None else 200)
        kind = "text/html" if self.path.endswith("/") else "application/octet-stream"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    do_HEAD = do_GET

    def _body(self, path: str) -> bytes | None:
        names = sorted(file.name for file in self.server.folder.iterdir())
        first, _, name = path.partition("/")
        if first == "files":
            return (self.server.folder / name).read_bytes() if name in names else None
        found = [each for each in names if each.lower().startswith(f"{name}-")]
        links = "".join(f'<a href="/files/{each}">{each}</a>\n' for each in found)
        return f"<!DOCTYPE html><html><body>{links}</body></html>".encode() if found else None

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path, *, login: str = "") -> Iterator[Index]:
    """The index for the length of a block."""
    index = Index(folder, login=login)
    threading.Thread(target=index.serve_forever, daemon=True).start()
    try:
        yield index
    finally:
        index.shutdown()
        index.server_close()
