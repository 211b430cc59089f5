"""The service answers, keeps what it is given, and its worker does what it is asked.

What may be asked beyond its health is in the topology, under `app.smoke`.
"""

import time
from collections.abc import Callable

import httpx
import pytest

from stacks.topology import Topology
from stacks.topology.app import Exchange
from tests.host import rows
from tests.host.environment import EdgeAddress, Environment

PATIENCE = 5.0  # seconds that a task may take: the queue of a fresh environment is empty
READERS = 8
TIMES = 10  # reads of each


@pytest.fixture(scope="module")
def ready(client: httpx.Client, topology: Topology) -> httpx.Response:
    """What the service says of its own readiness."""
    return client.get(topology.app.ready_path)


def test_the_service_is_live(client: httpx.Client, topology: Topology) -> None:
    assert client.get(topology.app.live_path).status_code == 200


def test_the_service_is_ready(ready: httpx.Response) -> None:
    assert ready.status_code == 200, ready.text[:500]


def test_each_part_of_readiness_is_ok(ready: httpx.Response, topology: Topology) -> None:
    if not topology.app.smoke.ready_parts:
        pytest.skip("topology.app.smoke names no parts")
    checks = ready.json()["checks"]
    told = {name: checks.get(name, {}).get("ok") for name in topology.app.smoke.ready_parts}
    assert told == dict.fromkeys(topology.app.smoke.ready_parts, True), ready.text[:500]


def test_no_migration_is_pending(environment: Environment, topology: Topology) -> None:
    if "migrations" in topology.app.smoke.ready_parts:
        pytest.skip("the readiness answer says it")
    answer = environment.ask("service", "python manage.py migrate --check")
    assert answer.code == 0, answer.stdout + answer.stderr


@pytest.fixture
def smoke_client(
    edge_address: EdgeAddress, environment: Environment
) -> Callable[[Exchange], httpx.Client]:
    """A client that sends an exchange's own headers with each request."""

    def made(exchange: Exchange) -> httpx.Client:
        client = edge_address.client()
        client.headers.update(environment.smoke_headers(exchange))
        return client

    return made


def test_what_is_written_can_be_read_back(
    smoke_client: Callable[[Exchange], httpx.Client], topology: Topology
) -> None:
    if topology.app.smoke.write is None:
        pytest.skip("topology.app.smoke names no write")
    with smoke_client(topology.app.smoke.write) as client:
        there_and_back(client, exchange=topology.app.smoke.write, patience=0)


def test_a_task_goes_to_the_worker_and_comes_back(
    smoke_client: Callable[[Exchange], httpx.Client], topology: Topology
) -> None:
    if topology.app.smoke.task is None:
        pytest.skip("topology.app.smoke names no task")
    with smoke_client(topology.app.smoke.task) as client:
        there_and_back(client, exchange=topology.app.smoke.task, patience=PATIENCE)


def test_the_smoke_task_requires_its_token(client: httpx.Client, topology: Topology) -> None:
    """A task takes room in the queue, where nothing is evicted: no stranger may ask for one."""
    asked = topology.app.smoke.task
    if asked is None or not any("{token}" in value for value in asked.headers.values()):
        pytest.skip("topology.app.smoke.task takes no token")
    for headers in ({}, dict.fromkeys(asked.headers, "wrong")):
        answer = client.post(asked.path, json=dict(asked.body), headers=headers)
        assert answer.status_code in (401, 403, 404), f"{asked.path}: {answer.status_code}"


def test_readers_at_the_same_time_get_their_own_rows(
    smoke_client: Callable[[Exchange], httpx.Client], topology: Topology
) -> None:
    asked = topology.app.smoke.write
    if asked is None:
        pytest.skip("topology.app.smoke names no write")
    with smoke_client(asked) as client:
        written = [rows.write(client, exchange=asked) for _ in range(READERS)]
    assert len({text for _, text in written}) == READERS
    found = rows.read_together(lambda: smoke_client(asked), written=written, times=TIMES)
    assert len(found) == READERS * TIMES
    wrong = [f"{path}: {answer}" for path, answer in found if answer != rows.OWN]
    assert not wrong, (
        f"{len(wrong)} of {len(found)} answers to {READERS} simultaneous readers were not their"
        f" own row: processes share a connection (docs/topology.md, service.preload): {wrong[:3]}"
    )


def there_and_back(client: httpx.Client, *, exchange: Exchange, patience: float) -> None:
    """Send a text that is new, and ask for it until it is there or `patience` (seconds) ends."""
    place, text = rows.write(client, exchange=exchange)
    end = time.monotonic() + patience
    while True:
        answer = client.get(place)
        assert answer.status_code == 200, f"{place}: {answer.text[:500]}"
        if text in answer.text:
            return
        assert time.monotonic() < end, f"{place} did not show the text: {answer.text[:500]}"
        time.sleep(0.05)
