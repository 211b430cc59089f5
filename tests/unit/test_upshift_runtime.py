"""The toolkit's part in a project's processes, as far as it needs none of its packages."""

import io
import json
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from upshift_runtime import celery_health, fork, gunicorn_errors
from upshift_runtime.wsgi import BehindEdge


def seen(**environ: str) -> str:
    """The REMOTE_ADDR that an application behind the edge sees."""
    found: list[str] = []

    def application(given: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        found.append(given["REMOTE_ADDR"])
        return [b""]

    BehindEdge(application)(dict(environ), None)
    return found[0]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:DB8::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_the_clients_address_is_the_one_that_the_edge_says(given: str, address: str) -> None:
    assert seen(REMOTE_ADDR="", HTTP_X_REAL_IP=given) == address


@pytest.mark.parametrize("given", ["", "unknown", "203.0.113.9, 10.0.0.1", "203.0.113.9:80"])
def test_without_an_address_from_the_edge_it_is_this_container(given: str) -> None:
    assert seen(REMOTE_ADDR="", HTTP_X_REAL_IP=given) == "127.0.0.1"
    assert seen(REMOTE_ADDR="") == "127.0.0.1"


def test_a_peer_with_an_address_of_its_own_is_not_overruled_by_a_header() -> None:
    assert seen(REMOTE_ADDR="198.51.100.7", HTTP_X_REAL_IP="203.0.113.9") == "198.51.100.7"


class Answer(list[bytes]):
    """An application's answer that notes when it is closed."""

    closed = False

    def close(self) -> None:
        """As Django's responses have it."""
        self.closed = True


def test_the_rest_of_a_body_is_read_after_the_answer() -> None:
    body, answer = io.BytesIO(b"x" * 200_000), Answer([b"too large"])
    environ = {"REMOTE_ADDR": "", "CONTENT_LENGTH": "200000", "wsgi.input": body}
    given = BehindEdge(lambda _environ, _start: answer)(environ, None)
    assert list(given) == [b"too large"] and body.tell() == 0
    given.close()  # type: ignore[attr-defined]
    assert body.tell() == 200_000 and answer.closed


def test_an_answer_to_a_request_without_a_body_is_the_applications_own() -> None:
    answer = Answer([b"a file"])
    for length in ({}, {"CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": "0"}):
        given = BehindEdge(lambda _environ, _start: answer)({"REMOTE_ADDR": "", **length}, None)
        assert given is answer


def test_a_sign_of_life_holds_as_long_as_it_says(tmp_path: Path) -> None:
    file = tmp_path / "worker.alive"
    assert celery_health.problem_with(file) == "no sign of life yet"
    celery_health.alive(file, seconds=30)
    assert celery_health.problem_with(file) is None
    celery_health.alive(file, seconds=-100)
    assert "100 s late" in str(celery_health.problem_with(file))
    file.write_text("")
    assert celery_health.problem_with(file) == "no sign of life yet"


def test_health_is_asked_of_the_worker_or_of_beat() -> None:
    assert celery_health.main([]) == celery_health.main(["service"]) == 2


def test_open_connections_are_found_and_nothing_is_left_open() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    with server, socket.create_connection(server.getsockname()) as opened:
        files = len(list(Path("/proc/self/fd").iterdir()))
        assert server.getsockname() in list(fork.connected_peers())
        assert len(list(Path("/proc/self/fd").iterdir())) == files
        assert opened.getpeername() == server.getsockname()
    assert server.fileno() == -1


def test_a_process_that_has_loaded_nothing_has_nothing_to_close() -> None:
    began = time.monotonic()
    fork.close_connections()
    fork.demand_closed()
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("status", [400, 414, 417, 431, 500, 501])
def test_gunicorns_own_errors_are_problem_details(status: int) -> None:
    head, _, body = gunicorn_errors.answer(status).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0].startswith(f"HTTP/1.1 {status} ") and "Connection: close" in lines
    assert "Content-Type: application/problem+json" in lines
    assert f"Content-Length: {len(body)}" in lines
    assert json.loads(body)["status"] == status and b"<" not in body
