"""The prober, against a server that fails in every way that it must tell."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra.providers import x509
from tests.host.environment import EdgeAddress
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
def edge_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeAddress]:
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
    yield EdgeAddress("127.0.0.1", "localhost", 0, server.server_port, authority)
    server.shutdown()
    server.server_close()


def probed(edge_address: EdgeAddress, *reads: str, **more: Any) -> Prober:
    """Each path asked for in turn, twenty times in all."""
    load = Load(reads=reads, threads=1, per_second=10_000, most=20, **more)
    with Prober(edge_address, load) as prober:
        prober.wait_for(20, seconds=20)
    return prober


def test_reads_and_acknowledged_writes_are_counted(edge_address: EdgeAddress) -> None:
    Handler.kept.clear()
    journal = probed(edge_address, "/well", write=lambda key: ("/write", {"title": key})).journal
    assert (journal.reads, journal.writes, journal.failures) == (17, 3, {})
    assert sorted(journal.acknowledged) == sorted(Handler.kept)
    assert journal.resent == 0


@pytest.mark.parametrize(
    ("path", "kind"), [("/away", "503"), ("/never", "RemoteDisconnected"), ("/cut", "Incomplete")]
)
def test_every_failure_is_told_by_its_kind(edge_address: EdgeAddress, path: str, kind: str) -> None:
    journal = probed(edge_address, path).journal
    assert journal.requests == 20 and journal.reads == 0
    ((told, times),) = journal.failures.items()
    assert kind in told and times == 20


def test_a_connection_that_was_closed_between_two_requests_is_no_failure(
    edge_address: EdgeAddress,
) -> None:
    journal = probed(edge_address, "/closes").journal
    assert (journal.reads, journal.failures, journal.resent) == (20, {}, 19)


def test_the_gap_is_told(edge_address: EdgeAddress) -> None:
    journal = probed(edge_address, "/well").journal
    assert 0 < journal.gap < 10
    assert "20 requests" in str(journal) and "failed: none" in str(journal)


def test_it_says_whether_it_is_still_at_work(edge_address: EdgeAddress) -> None:
    prober = probed(edge_address, "/well")
    assert not prober.at_work  # it has met its bound


def test_it_trusts_this_authority_alone(edge_address: EdgeAddress) -> None:
    other, _ = x509.make_authority("another")
    stranger = EdgeAddress(edge_address.host, edge_address.name, 0, edge_address.https_port, other)
    told = Line(stranger, trust=stranger.trust()).ask("GET", "/well", body=None, headers={})
    assert "SSL" in told
