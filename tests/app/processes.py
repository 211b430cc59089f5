"""Real processes for the tests: a Gunicorn, a worker, and a relay that can be frozen."""

import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import requests
from django.db import connection

from operators import MAY_READ_METRICS, TOKENS

PATIENCE = 60.0  # seconds: a bound, not a measure
PROBE = 5.0  # seconds that a probe of the product waits
EDGE = {"Host": "localhost", "X-Forwarded-Proto": "https"}


def until(condition: Callable[[], Any], *, what: str = "", seconds: float = PATIENCE) -> Any:
    """Ask until it is true, and return what it was. Fails when that takes too long."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"not after {seconds:g} s: {what or condition}"
        time.sleep(0.05)


def environment(**values: str) -> dict[str, str]:
    """This process's environment, on the tests' database."""
    name = connection.settings_dict["NAME"]
    path = f"/srv/app:{os.path.dirname(__file__)}"
    return {**os.environ, "DATABASE_NAME": name, "PYTHONPATH": path, **TOKENS, **values}


@contextmanager
def process(
    *words: str, log: Path | None = None, **values: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own, killed with its children at the end; its log goes where ours does."""
    with nullcontext() if log is None else log.open("wb") as errors:
        started = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd="/tmp",
            env=environment(**values),
            start_new_session=True,
            stderr=errors,
        )
    try:
        yield started
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, each another one."""
    with ExitStack() as opened:
        found = [opened.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(each.getsockname()[1]) for each in found]


def free_port() -> int:
    """One of them."""
    return free_ports(1)[0]


class Service:
    """A running Gunicorn."""

    def __init__(self, *, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def get(self, path: str, **options: Any) -> requests.Response:
        """Ask it, and wait no longer than a probe does."""
        options.setdefault("timeout", PROBE)
        headers = {**EDGE, **options.pop("headers", {})}
        return requests.get(self.address + path, headers=headers, **options)

    def metrics(self) -> requests.Response:
        """What Prometheus gets."""
        return self.get("/metrics", headers=MAY_READ_METRICS)

    def post(self, path: str, body: Any, **headers: str) -> requests.Response:
        """Send it JSON."""
        given = {**EDGE, **headers}
        return requests.post(self.address + path, json=body, headers=given, timeout=PATIENCE)

    def lives(self) -> bool:
        """Whether it answers."""
        try:
            return self.get("/health/live").ok
        except requests.RequestException:
            return False


@contextmanager
def served(*, workers: int = 1, log: Path | None = None, **values: str) -> Iterator[Service]:
    """The service under Gunicorn, in processes of its own."""
    port = free_port()
    words = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "2"]
    words += ["--workers", str(workers), "--chdir", "/srv/app", "--log-level", "warning"]
    words += ["--preload"]  # as in the stack: the workers are forks
    values.setdefault("PROMETHEUS_MULTIPROC_DIR", f"/tmp/metrics-{port}")
    with process("gunicorn", *words, "config.wsgi:application", log=log, **values) as started:
        service = Service(port=port)
        until(lambda: service.lives() or started.poll() is not None, what="the service starts")
        assert started.poll() is None, "Gunicorn ended at once"
        yield service


class Socket:
    """A Gunicorn on a unix socket, as the edge talks to it."""

    def __init__(self, path: str) -> None:
        self._path = path

    def post(self, path: str, body: Any, *, address: str, **headers: str) -> int:
        """The status of an answer to a body in JSON, from a client of the edge."""
        edge = {**EDGE, "X-Real-IP": address}
        connection = http.client.HTTPConnection("localhost", timeout=PROBE)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(PROBE)
        connection.sock.connect(self._path)
        with closing(connection):
            sent = {**edge, **headers, "Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), sent)
            return connection.getresponse().status


@contextmanager
def on_a_socket(path: Any, **values: str) -> Iterator[Socket]:
    """The service under Gunicorn on a unix socket."""
    words = ["--bind", f"unix:{path}", "--worker-class", "gthread", "--chdir", "/srv/app"]
    words += ["--log-level", "warning", "--no-control-socket"]
    values.setdefault("PROMETHEUS_MULTIPROC_DIR", str(path.parent))
    with process("gunicorn", *words, "config.wsgi:application", **values) as started:
        until(lambda: path.exists() or started.poll() is not None, what="the socket is there")
        assert started.poll() is None, "Gunicorn ended at once"
        yield Socket(str(path))


class Relay:
    """A port that passes everything on to another, until it is frozen."""

    def __init__(self, *, host: str, port: int) -> None:
        self._target = (host, port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._flows = threading.Event()
        self._flows.set()
        self._ended = self._refuses = False
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self) -> None:
        """Pass nothing on; keep every connection open."""
        self._flows.clear()

    def thaw(self) -> None:
        """Go on, with all that came meanwhile."""
        self._flows.set()

    def refuse(self) -> None:
        """End every connection, and each new one as soon as it is there: the server is gone."""
        self._refuses = True

    def accept(self) -> None:
        """It is back."""
        self._refuses = False

    def close(self) -> None:
        """The end."""
        self._ended = True
        self._flows.set()
        self._server.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError):  # either side may end it
            self._pass_on(client)

    def _pass_on(self, client: socket.socket) -> None:
        self._flows.wait()
        if self._refuses:
            return client.close()
        with client, socket.create_connection(self._target) as server:
            other = {client: server, server: client}
            while not self._ended and not self._refuses:
                for ready in select.select([client, server], [], [], 0.2)[0]:
                    self._flows.wait()
                    data = ready.recv(65536)
                    if not data:
                        return
                    other[ready].sendall(data)
