"""What a client can fill, and what an outage leaves behind, on stacks with the product's sizes."""

import json
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator

import pytest

from stacks.loading import load_topology
from tests.bench.stack import demand, own_stack
from tests.drills.__main__ import DESCRIBED, NAMES, say, table
from tests.drills.exhaustion import Drill
from tests.drills.seeded import seeded
from tests.host.environment import EdgeAddress, Environment
from tests.journey.conftest import docker

pytestmark = pytest.mark.journey
SECONDS = float(os.environ.get("DRILL_SECONDS", "10"))  # for each fill; `make drills` takes longer
OUTAGE = 20.0
SOON = 5.0  # seconds; the pool's tries are a second apart, and the machine is busy


@pytest.fixture(scope="module")
def drill() -> Iterator[Drill]:
    """A stack with the product's own limits, seeded, and its ordinary user logged in."""
    with own_stack(**DESCRIBED) as journey:
        demand(journey, "up")
        topology = load_topology(journey.stack)
        account, attacker = seeded(topology)
        yield Drill.of(topology, account=account, attacker=attacker)


def until(condition: Callable[[], bool], *, seconds: float) -> float:
    """Seconds until it is true; fails when it takes longer."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "not in time"
        time.sleep(0.1)
    return time.monotonic() - began


def test_what_a_client_fills_harms_no_ordinary_user(drill: Drill) -> None:
    report = drill.run(NAMES, seconds=SECONDS, say=say)
    print(table(report))
    assert [each["name"] for each in report["results"]] == list(NAMES)
    assert all(sum(each["filled"].values()) > 0 for each in report["results"])
    assert not report["wrong"], "\n".join(report["wrong"])


def test_after_an_outage_of_the_database_the_service_answers_at_once(drill: Drill) -> None:
    topology, client = drill.topology, drill.client
    path = drill.account.requests()[1][1]
    name = str(Environment(topology).container("postgres")["Id"])
    assert client.ask("GET", path).status == 200
    docker("stop", "--time", "5", name)
    end = time.monotonic() + OUTAGE
    try:
        while time.monotonic() < end:
            assert client.ask("GET", path).status == 503
    finally:
        docker("start", name)
    until(lambda: _answers(name), seconds=60)
    took = until(lambda: client.ask("GET", path).status == 200, seconds=30)
    print(f"after {OUTAGE:g} s without PostgreSQL the service answered {took:.1f} s after it")
    assert took < SOON


def _answers(container: str) -> bool:
    try:
        docker("exec", container, "pg_isready", "-q", "-h", "127.0.0.1")
    except AssertionError:
        return False
    return True


# Whole requests as they go over the wire; each is answered by the edge or by Gunicorn, in JSON.
LONG = "a" * 6_000
RAW = {
    "a line above Gunicorn's limit": f"GET /api/v1/notes/?x={LONG} HTTP/1.1",
    "a line above the edge's limit": f"GET /api/v1/notes/?x={LONG * 4} HTTP/1.1",
    "many headers": "GET /api/v1/projects/public/ HTTP/1.1\r\n" + "\r\n".join(["a: b"] * 150),
    "a long header": f"GET /api/v1/projects/public/ HTTP/1.1\r\nx: {LONG * 2}",
    "a short method": "X /api/v1/projects/public/ HTTP/1.1",
    "an unknown method": "MOVE /api/v1/projects/public/ HTTP/1.1",
    "a control character": "GET /api/v1/projects/public/ HTTP/1.1\r\nx: a\x01b",
    "an address that is not ASCII": "GET /api/v1/notes/\xff\xfe HTTP/1.1",
    "an escape that is not UTF-8": "GET /api/v1/notes/%ff%fe/ HTTP/1.1",
    "an expectation": "POST /api/v1/echo/ HTTP/1.1\r\nExpect: the-best\r\nContent-Length: 0",
}


def test_a_request_that_gunicorn_cannot_read_is_answered_in_json(drill: Drill) -> None:
    found = {name: _raw(drill.edge_address, text) for name, text in RAW.items()}
    html = {name: answer for name, answer in found.items() if "<html" in answer.lower()}
    assert not html
    statuses = {name: int(answer.split(" ", 2)[1]) for name, answer in found.items()}
    assert all(status < 500 for status in statuses.values()), statuses
    # What Gunicorn's own limits would refuse and the edge lets through is the service's to answer.
    assert (statuses["many headers"], statuses["a long header"]) == (200, 200)
    assert statuses["a line above the edge's limit"] == 414
    for name in (name for name, status in statuses.items() if status >= 400):
        body = found[name].partition("\r\n\r\n")[2]
        assert json.loads(body.strip("\r\n")), (name, found[name][:300])


def _raw(edge_address: EdgeAddress, text: str) -> str:
    """The whole answer to a request; the connection is closed after it."""
    host = f"\r\nHost: {edge_address.authority_name}\r\nConnection: close\r\n\r\n"
    plain = socket.create_connection((edge_address.host, edge_address.https_port), timeout=20)
    with edge_address.trust().wrap_socket(plain, server_hostname=edge_address.name) as line:
        line.sendall((text + host).encode("latin-1"))
        found = b""
        while piece := _piece(line):
            found += piece
    return found.decode("utf-8", errors="replace")


def _piece(line: ssl.SSLSocket) -> bytes:
    try:
        return line.recv(65_536)
    except (ssl.SSLError, ConnectionError):
        return b""
