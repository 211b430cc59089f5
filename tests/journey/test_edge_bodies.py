"""Room for bodies and answers, asked of a real Nginx with the toolkit's own settings."""

import shlex
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.journey.conftest import docker
from tests.journey.real_edge import LIMITS, RealEdge, running, wanted

pytestmark = pytest.mark.journey
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealEdge]:
    """An edge for bodies of 20 MiB, four at a time."""
    topology = wanted(edge={**LIMITS, "body_limit": 20, "uploads": 4})
    with running(topology, folder=tmp_path_factory.mktemp("edge")) as found:
        yield found


def upload(client: httpx.Client, *, size: int, address: str = "198.51.100.7") -> httpx.Response:
    return client.post("/in/", content=b"x" * size, headers={"X-Forwarded-For": address})


def fill(stack: ExitStack, edge: RealEdge, *, address: str) -> httpx.Response:
    """Take a client's whole share by an upload that does not end; what it is answered then."""
    connection = stack.enter_context(edge.connected())
    head = (
        f"POST /in/ HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {address}\r\n"
        f"Content-Length: {15 * MIB}\r\n\r\n"
    )
    connection.sendall(head.encode() + b"x" * MIB)
    deadline = time.monotonic() + 10
    with edge.client(http2=False) as client:
        while True:
            answer = upload(client, size=MIB, address=address)
            if answer.status_code == 503 or time.monotonic() > deadline:
                return answer


def test_a_body_as_large_as_promised_arrives_and_a_larger_one_is_413(edge: RealEdge) -> None:
    with edge.client(http2=False) as client:
        answer = upload(client, size=20 * MIB)
        assert (answer.status_code, answer.json()["length"]) == (200, 20 * MIB)
        answer = upload(client, size=20 * MIB + 1)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_as_many_bodies_at_once_as_promised_arrive(edge: RealEdge) -> None:
    def one(number: int) -> int:
        with edge.client(http2=False) as client:
            return upload(client, size=20 * MIB, address=f"198.51.100.{number}").status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(4))) == [200] * 4


def test_who_fills_the_room_is_told_503_and_others_go_on(edge: RealEdge) -> None:
    with ExitStack() as stack, edge.client(http2=False) as client:
        refused = fill(stack, edge, address="198.51.100.7")
        assert refused.status_code == 503, refused.text
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["retry-after"]
        # Another address has room, and what is small takes none.
        assert upload(client, size=MIB, address="198.51.100.8").status_code == 200
        assert upload(client, size=1000, address="198.51.100.7").status_code == 200
        assert client.get("/").status_code == 200


def test_a_body_that_hides_its_length_is_counted_too(edge: RealEdge) -> None:
    def pieces() -> Iterator[bytes]:
        yield from (b"x" * 1000, b"y" * 1000)

    with ExitStack() as stack:
        assert fill(stack, edge, address="198.51.100.7").status_code == 503
        for http2 in (True, False):
            with edge.client(http2=http2) as client:
                told = {"X-Forwarded-For": "198.51.100.7"}
                assert client.post("/in/", content=pieces(), headers=told).status_code == 503
                told = {"X-Forwarded-For": "198.51.100.9"}
                answer = client.post("/in/", content=pieces(), headers=told)
                assert (answer.status_code, answer.json()["length"]) == (200, 2000)


@pytest.mark.parametrize(("method", "status"), [("DELETE", "413"), ("PUT", "200")])
def test_no_other_request_takes_a_large_body_along_uncounted(
    edge: RealEdge, method: str, status: str
) -> None:
    # Over HTTP/2 a body needs no length, and nothing else says that there is one.
    curl = ["curl", "-sk", "--http2", "-X", method, "-T", "-", "-H", "Content-Length:"]
    curl += ["-o", "/dev/null", "-w", "%{http_code}", "https://localhost:8443/in/"]
    script = f"head -c 300000 /dev/zero | {shlex.join(curl)}"
    assert docker("exec", edge.name, "sh", "-c", script) == status


def test_a_full_disk_is_503_and_no_500(tmp_path: Path) -> None:
    small = ["--tmpfs=/var/tmp:size=4m,mode=1777"]
    topology = wanted(edge={**LIMITS, "body_limit": 20})
    with running(topology, folder=tmp_path, options=small) as full, full.client() as client:
        answer = upload(client, size=10 * MIB)
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"]
        assert upload(client, size=MIB).status_code == 200


def test_slow_readers_of_large_answers_fill_no_room(tmp_path: Path) -> None:
    small = ["--tmpfs=/var/tmp:size=8m,mode=1777"]
    with running(wanted(edge=LIMITS), folder=tmp_path, options=small) as edge, ExitStack() as stack:
        slow = [stack.enter_context(edge.connected(buffer=4096)) for _ in range(6)]
        for connection in slow:
            connection.sendall(b"GET /big/30/ HTTP/1.0\r\nHost: localhost\r\n\r\n")
        time.sleep(1)
        with edge.client() as client:
            answer = client.get("/big/30/")
            assert len(answer.content) == 30 * MIB
        received = 0
        while more := slow[0].recv(1 << 20):
            received += len(more)
        assert received > 30 * MIB
        assert "No space left" not in edge.log()
