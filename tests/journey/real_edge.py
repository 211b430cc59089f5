"""A real Nginx with the toolkit's own settings, in the edge's image, and an upstream to record.

It starts in a second, where a whole environment takes a minute: what only the edge decides is
tested here, and what it does together with Docker and the service in a stack.
"""

import secrets
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ops import build
from stacks.files.nginx import nginx_files
from stacks.loading import load_topology
from stacks.release import image_tags
from stacks.topology import Topology
from tests import certificates
from tests.journey.conftest import docker, free_port
from tests.journey.upstream import UnixServer, Upstream

GUARDED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--init")
START_SECONDS = 20.0
# Docker's own networks, from which every connection of this machine comes.
BEHIND = ("172.16.0.0/12", "192.168.0.0/16", "10.0.0.0/8")
LIMITS = {"requests_per_second": 10_000, "trusted_proxies": BEHIND}
# Another project than the bundled one.
SHOP = {"path": "shop", "wsgi": "s:a", "settings": "s", "live_path": "/-/alive"}
CERTIFICATE = {"tls.crt": "certificate", "tls.key": "key"}


@dataclass(frozen=True)
class RealEdge:
    """A running edge: where it is, and how it is asked."""

    name: str
    http_port: int
    https_port: int
    host: str = "127.0.0.1"

    def client(self, **options: Any) -> httpx.Client:
        """A client of the HTTPS side, that asks for `localhost` and follows no redirect."""
        wanted = {"verify": False, "trust_env": False, "timeout": 20, "http2": True} | options
        return httpx.Client(base_url=f"https://{self.host}:{self.https_port}", **wanted)

    def connected(self, *, buffer: int = 0) -> ssl.SSLSocket:
        """A TLS connection; see `connect`."""
        return connect(self.host, self.https_port, buffer=buffer)

    def raw(self, sent: bytes) -> bytes:
        """What is answered to bytes as they stand, until the edge closes the connection."""
        with self.connected() as connection:
            connection.sendall(sent)
            found = b""
            while more := connection.recv(65536):
                found += more
        return found

    def log(self) -> str:
        """What it wrote to its error log and access log."""
        done = subprocess.run(["docker", "logs", self.name], capture_output=True, text=True)
        return done.stdout + done.stderr


def wanted(**parts: Any) -> Topology:
    """A topology for an edge: `edge` and `app` as in a stack's file."""
    return Topology.model_validate({"stack": "dev", **parts})


@contextmanager
def running(
    topology: Topology, *, folder: Path, options: Sequence[str] = ("--tmpfs=/var/tmp",)
) -> Iterator[RealEdge]:
    """The edge of a topology, with its upstream; both are gone at the end.

    `options` are further arguments of `docker run`: /var/tmp takes bodies and answers.
    """
    for name in ("files", "socket", "static"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name).chmod(0o755)
    pair = certificates.write(folder)
    texts = {name: Path(pair[kind]).read_text() for name, kind in CERTIFICATE.items()}
    for file, text in {**nginx_files(topology), **texts, "version.conf": 'return 200 "1";'}.items():
        (folder / "files" / file).write_text(text)
        (folder / "files" / file).chmod(0o644)
    (folder / "socket" / "live.sock").unlink(missing_ok=True)
    server = UnixServer(str(folder / "socket" / "live.sock"), Upstream)
    (folder / "socket" / "live.sock").chmod(0o777)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    name = f"edge-test-{secrets.token_hex(4)}"
    edge = RealEdge(name=name, http_port=free_port(), https_port=free_port())
    try:
        docker(
            *("run", "--detach", "--name", name, "--label", f"upshift.test={name}", *GUARDED),
            *("--user=10002:10002", "--tmpfs=/tmp", "--tmpfs=/run/cache:mode=1777"),
            *("--publish", f"127.0.0.1:{edge.http_port}:8080"),
            *("--publish", f"127.0.0.1:{edge.https_port}:8443"),
            *("--volume", f"{folder}/files:/run/upshift:ro"),
            *("--volume", f"{folder}/socket:/run/service"),
            *("--volume", f"{folder}/static:/srv/static:ro"),
            *options,
            edge_image(),
        )
        wait_until_open(edge.https_port)
        yield edge
    finally:
        docker("rm", "--force", "--volumes", name)
        server.shutdown()
        server.server_close()


def edge_image() -> str:
    """The edge's image; built with the release where it is missing."""
    topology = load_topology("dev")
    tag = image_tags(topology)["nginx"]
    if not build.images.exists(tag):
        build.release(topology, on_line=lambda line: None)
    return tag


def wait_until_open(port: int) -> None:
    """Return when a server on this machine completes a TLS handshake. Raises OSError when none."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connect("127.0.0.1", port).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def connect(host: str, port: int, *, buffer: int = 0) -> ssl.SSLSocket:
    """A TLS connection for bytes as they stand; `buffer` bytes are received ahead at most."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    plain = socket.socket()
    if buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    plain.settimeout(15)
    plain.connect((host, port))
    return trust.wrap_socket(plain, server_hostname="localhost")
