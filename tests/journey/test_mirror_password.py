"""A mirror of Debian's packages behind a login: no layer and no history of an image holds it."""

import base64
import io
import secrets
import ssl
import tarfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ops.build import images
from stacks.topology import PROJECT
from stacks.versions import BASE_IMAGE
from tests.journey.conftest import docker
from tests.journey.test_build_inputs import output_of

pytestmark = pytest.mark.journey
PASSWORD = f"canary/{secrets.token_hex(8)}"  # with a character that a URL has to encode
LOGIN = f"user:{PASSWORD}"


class _Mirror(BaseHTTPRequestHandler):
    """Debian's mirror behind a login: hands on what the base image's own sources name."""

    upstream = ""
    refused = 0

    def do_GET(self) -> None:
        expected = "Basic " + base64.b64encode(LOGIN.encode()).decode()
        if self.headers.get("Authorization") != expected:
            type(self).refused += 1
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="mirror"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        try:
            context = ssl.create_default_context()
            with urllib.request.urlopen(self.upstream + self.path, context=context) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def mirror() -> Iterator[str]:
    """The mirror's URL with its login, as a container of a build reaches it."""
    shown = docker("run", "--rm", "--network", "none", BASE_IMAGE, "sh", "-c", SOURCES)
    address = next(word for word in shown.split() if word.startswith("http")).rstrip("/")
    _Mirror.upstream, _, path = address.rpartition("/")
    routes = docker("run", "--rm", BASE_IMAGE, "cat", "/proc/net/route").splitlines()
    gateway = next(line.split()[2] for line in routes if line.split()[1] == "00000000")
    host = ".".join(str(byte) for byte in reversed(bytes.fromhex(gateway)))
    server = ThreadingHTTPServer((host, 0), _Mirror)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{LOGIN.replace('/', '%2F')}@{host}:{server.server_port}/{path}"
    server.shutdown()
    server.server_close()


SOURCES = "cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null; true"


def test_a_mirrors_password_is_in_no_layer_and_no_history(
    mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (PROJECT / "docker" / "common" / "apt-install").read_bytes()
    (tmp_path / "apt-install").write_bytes(script)
    (tmp_path / "apt-install").chmod(0o755)
    # Unlike Docker's cache has it, so that every run asks the mirror.
    (tmp_path / "new").write_text(secrets.token_hex(8))
    (tmp_path / "Dockerfile").write_text(
        "ARG BASE\nFROM ${BASE}\nCOPY apt-install new /usr/local/sbin/\n"
        "RUN apt-install hostname && rm /usr/local/sbin/apt-install\n"
    )
    monkeypatch.setenv("UPSHIFT_APT_MIRROR", mirror)
    tag, lines = f"upshift/test-mirror:{secrets.token_hex(4)}", list[str]()
    before = _Mirror.refused
    images.build(tag, context=tmp_path, arguments={}, on_line=lines.append)
    try:
        assert _Mirror.refused >= before and any("hostname" in line for line in lines)
        history = docker("history", "--no-trunc", tag)
        assert "apt-install hostname" in history
        saved = output_of(["docker", "save", tag])
        sources = docker("run", "--rm", "--network", "none", tag, "sh", "-c", SOURCES)
        inspected = docker("image", "inspect", tag)
    finally:
        docker("image", "rm", tag)
    host = mirror.rpartition("@")[2]
    assert f"deb http://{host} trixie main" in sources
    for secret in (PASSWORD, PASSWORD.replace("/", "%2F")):
        assert secret.encode() not in _unpacked(saved)
        assert secret not in history + inspected + sources + "\n".join(lines)


def _unpacked(saved: bytes) -> bytes:
    """All bytes of an image: its description and the content of every layer."""
    with tarfile.open(fileobj=io.BytesIO(saved)) as outer:
        parts = [outer.extractfile(member) for member in outer if member.isfile()]
        return b"".join(part.read() for part in parts if part)
