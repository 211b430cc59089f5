"""What the edge alone decides, asked of a real Nginx with the toolkit's own settings."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.journey.real_edge import LIMITS, RealEdge, running, wanted
from tests.journey.upstream import VERSION

pytestmark = pytest.mark.journey
STATIC = {
    "site.css": "body { color: red }",
    "site.0123456789ab.css": "body { color: red }",
    "main.8c97409c.js": "let a = 1",
    "report-20240101.txt": "the first of January",
    "staticfiles.json": "{}",
    "staticfiles.json.gz": "",
    ".vite/manifest.json": "{}",
    "main.js.map": "{}",
    "manifest.json": "{}",
    "assets/index-DkX3aB9_.js": "let b = 1",
}


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealEdge]:
    """The bundled service's edge."""
    folder = tmp_path_factory.mktemp("edge")
    for name, text in STATIC.items():
        path = folder / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with running(wanted(edge=LIMITS), folder=folder) as found:
        yield found


# Conditional requests


@pytest.mark.parametrize(
    ("sent", "passed"),
    [
        (f"W/{VERSION}", VERSION),
        (VERSION, VERSION),
        (f'W/{VERSION}, W/"6"', f'{VERSION}, "6"'),
        (f'"1", W/{VERSION},W/"7"', f'"1", {VERSION},"7"'),
        ('"a,W/"', '"a,W/"'),
        ("*", "*"),
        (None, None),
    ],
)
def test_the_mark_that_gzip_puts_on_a_tag_is_taken_off_again(
    edge: RealEdge, sent: str | None, passed: str | None
) -> None:
    with edge.client() as client:
        given = client.get("/versioned/", headers={"Accept-Encoding": "gzip"}).headers
        assert (given["content-encoding"], given["etag"]) == ("gzip", f"W/{VERSION}")
        headers = {} if sent is None else {"If-Match": sent}
        told = client.put("/in/", content=b"x", headers=headers).json()["headers"]
    assert told.get("if-match") == passed


# Static files


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("site.0123456789ab.css", True),
        ("main.8c97409c.js", True),
        ("site.css", False),
        ("report-20240101.txt", False),
        ("manifest.json", False),
        ("assets/index-DkX3aB9_.js", False),
    ],
)
def test_only_a_name_with_a_hash_is_kept_for_ever(edge: RealEdge, name: str, kept: bool) -> None:
    with edge.client() as client:
        answer = client.get(f"/static/{name}")
        again = client.get(f"/static/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert (answer.status_code, again.status_code) == (200, 304)
    said = answer.headers["cache-control"]
    assert ("immutable" in said) is kept, said
    age = int(said.partition("max-age=")[2].split(",")[0])
    assert (age == 31_536_000) if kept else (age <= 300 and "must-revalidate" in said)


@pytest.mark.parametrize(
    "name", ["staticfiles.json", "staticfiles.json.gz", ".vite/manifest.json", "main.js.map"]
)
def test_what_a_build_leaves_for_itself_is_not_served(edge: RealEdge, name: str) -> None:
    with edge.client() as client:
        answer = client.get(f"/static/{name}")
    assert answer.status_code == 404 and "immutable" not in str(answer.headers)


# The edge's own answers

HOST = b"Host: localhost\r\nConnection: close\r\n"
BAD = {
    "no request at all": (400, b"NONSENSE\r\n\r\n"),
    "no host": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "two hosts": (400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    "a bad length": (400, b"POST / HTTP/1.1\r\nContent-Length: x\r\n" + HOST + b"\r\n"),
    "a long address": (414, b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a long header": (431, b"GET / HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * 40_000 + b"\r\n\r\n"),
    "a strange encoding": (
        501,
        b"POST / HTTP/1.1\r\nTransfer-Encoding: rot13\r\n" + HOST + b"\r\n",
    ),
    "a strange version": (505, b"GET / HTTP/3.0\r\n" + HOST + b"\r\n"),
    "a bad range": (
        416,
        b"GET /static/site.css HTTP/1.1\r\nRange: bytes=900-\r\n" + HOST + b"\r\n",
    ),
    "a static file to write": (405, b"POST /static/site.css HTTP/1.1\r\n" + HOST + b"\r\n"),
}


def parsed(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(first.split()[1]), headers, body


@pytest.mark.parametrize("case", sorted(BAD))
def test_a_refusal_of_the_edge_itself_is_a_problem_document(edge: RealEdge, case: str) -> None:
    status, sent = BAD[case]
    found, headers, body = parsed(edge.raw(sent))
    assert found == status, body
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["status"] == status
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")


def test_plain_http_on_the_port_of_tls_is_a_problem_document(edge: RealEdge) -> None:
    with socket.create_connection((edge.host, edge.https_port), timeout=10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        status, headers, body = parsed(plain.recv(65536))
    assert (status, headers["content-type"]) == (400, "application/problem+json"), body
