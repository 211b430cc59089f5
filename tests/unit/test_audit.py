"""The audit of what is locked: strict where a service answers, and plain words where none does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.audit import audit

FLAW = {
    "id": "GHSA-0000-0000-0000",
    "summary": "a flaw",
    "details": "It is flawed.",
    "affected": [{"package": {"name": "six", "ecosystem": "PyPI"}, "ranges": []}],
}


class Service(ThreadingHTTPServer):
    """A vulnerability service that speaks as OSV does; `known` has its flaws by package."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Query)
        self.known: dict[str, list[object]] = {}
        self.status = 200
        self.asked: list[str] = []

    @property
    def options(self) -> tuple[str, ...]:
        return "-s", "osv", "--osv-url", f"http://127.0.0.1:{self.server_port}/v1/query"


class _Query(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        name = json.loads(self.rfile.read(length))["package"]["name"]
        self.server.asked.append(name)
        flaws = self.server.known.get(name)
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(json.dumps({"vulns": flaws} if flaws else {}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.lock"
    file.write_text("".join(f"{name}==1.0 --hash=sha256:{'0' * 64}\n" for name in ("six", "one")))
    return file


NOWHERE = ("-s", "osv", "--osv-url", "http://127.0.0.1:1/v1/query")


def test_what_nothing_is_known_of_passes(service: Service, lock: Path) -> None:
    _, passed, text = audit([service.options], locks=[lock])
    assert passed and "asked strictly, knows nothing against it" in text
    assert sorted(service.asked) == ["one", "six"]


def test_a_known_flaw_fails_and_is_named(service: Service, lock: Path) -> None:
    service.known["six"] = [FLAW]
    _, passed, text = audit([service.options], locks=[lock])
    assert not passed and f"six 1.0: {FLAW['id']}" in text


def test_where_no_service_answers_it_is_said_and_not_called_clean(lock: Path) -> None:
    _, passed, text = audit([NOWHERE, NOWHERE], locks=[lock])
    assert passed and "NOT CHECKED: no vulnerability service can be reached" in text
    assert "knows nothing" not in text and "127.0.0.1" in text


def test_the_second_service_is_asked_where_the_first_is_away(service: Service, lock: Path) -> None:
    service.known["one"] = [FLAW]
    _, passed, text = audit([NOWHERE, service.options], locks=[lock])
    assert not passed and "one 1.0" in text


def test_a_service_that_fails_is_no_clean_report(service: Service, lock: Path) -> None:
    service.status = 500
    assert audit([service.options], locks=[lock])[1] is False
    assert service.asked


def test_each_lock_is_asked_by_itself(service: Service, lock: Path, tmp_path: Path) -> None:
    second = tmp_path / "second.lock"
    second.write_text(lock.read_text())
    _, passed, text = audit([service.options], locks=[lock, second])
    assert passed and text.count("asked strictly") == 2
    assert sorted(service.asked) == ["one", "one", "six", "six"]


def test_a_lock_that_cannot_be_read_is_no_clean_report(service: Service, tmp_path: Path) -> None:
    broken = tmp_path / "requirements.lock"
    broken.write_text("six==1.0\n")  # without a hash
    assert audit([service.options], locks=[broken])[1] is False
