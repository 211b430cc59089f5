"""The prober, against a server that fails in every way that it must tell."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra.providers import x509
from tests.host.environment import Door
from tests.journey.prober import Line, Load, Prober


class Handler(BaseHTTPRequestHandler):
    """Answers as the path says; /closes ends a connection that was used before, unanswered."""

    protocol_version = "HTTP/1.1"
    kept: list[str] = []
    used = 0

    def do_GET(self) -> None:
        """A read."""
        self.used += 1
        if self.path == "/closes" and self.used > 1 or self.path == "/never":
            self.close_connection = True
            return
        if self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.close_connection = True
            return
        self.answer(503 if self.path == "/away" else 200)

    def do_POST(self) -> None:
        """A write: what its key was is kept."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.kept.append(self.headers["Idempotency-Key"])
        self.answer(201)

    def answer(self, status: int) -> None:
        """An answer without a body."""
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Where the server is."""
    authority, key = x509.make_authority("a test's")
    leaf, leaf_key = x509.make_leaf(["localhost"], authority=authority, authority_key=key)
    file: Path = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_text(leaf + leaf_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Door("127.0.0.1", "localhost", 0, server.server_port, authority)
    server.shutdown()
    server.server_close()


def probed(door: Door, *reads: str, **more: Any) -> Prober:
    """Each path asked for in turn, twenty times in all."""
    load = Load(reads=reads, threads=1, per_second=10_000, most=20, **more)
    with Prober(door, load) as prober:
        prober.wait_for(20, seconds=20)
    return prober


def test_reads_and_acknowledged_writes_are_counted(door: Door) -> None:
    Handler.kept.clear()
    journal = probed(door, "/well", write=lambda key: ("/write", {"title": key})).journal
    assert (journal.reads, journal.writes, journal.failures) == (17, 3, {})
    assert sorted(journal.acknowledged) == sorted(Handler.kept)
    assert journal.resent == 0


@pytest.mark.parametrize(
    ("path", "kind"), [("/away", "503"), ("/never", "RemoteDisconnected"), ("/cut", "Incomplete")]
)
def test_every_failure_is_told_by_its_kind(door: Door, path: str, kind: str) -> None:
    journal = probed(door, path).journal
    assert journal.requests == 20 and journal.reads == 0
    ((told, times),) = journal.failures.items()
    assert kind in told and times == 20


def test_a_connection_that_was_closed_between_two_requests_is_no_failure(door: Door) -> None:
    journal = probed(door, "/closes").journal
    assert (journal.reads, journal.failures, journal.resent) == (20, {}, 19)


def test_the_gap_is_told(door: Door) -> None:
    journal = probed(door, "/well").journal
    assert 0 < journal.gap < 10
    assert "20 requests" in str(journal) and "failed: none" in str(journal)


def test_it_says_whether_it_is_still_at_work(door: Door) -> None:
    prober = probed(door, "/well")
    assert not prober.at_work  # it has met its bound


def test_it_trusts_this_authority_alone(door: Door) -> None:
    other, _ = x509.make_authority("another")
    stranger = Door(door.host, door.name, 0, door.https_port, other)
    told = Line(stranger, trust=stranger.trust()).ask("GET", "/well", body=None, headers={})
    assert "SSL" in told
