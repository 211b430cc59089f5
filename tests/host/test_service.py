"""The service answers, keeps what it is given, and its worker does what it is asked.

What may be asked beyond its health is in the topology, under `app.smoke`.
"""

import time
from typing import Any
from uuid import uuid4

import httpx
import pytest

from stacks.topology.app import Exchange
from stacks.topology import Topology
from tests.host.environment import Environment

PATIENCE = 5.0  # seconds that a task may take: the queue of a fresh environment is empty


@pytest.fixture(scope="module")
def ready(client: httpx.Client, topology: Topology) -> httpx.Response:
    """What the service says of its own readiness."""
    return client.get(topology.app.ready_path)


def test_the_service_lives(client: httpx.Client, topology: Topology) -> None:
    assert client.get(topology.app.live_path).status_code == 200


def test_the_service_is_ready(ready: httpx.Response) -> None:
    assert ready.status_code == 200, ready.text[:500]


def test_each_part_of_readiness_is_well(ready: httpx.Response, topology: Topology) -> None:
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


def test_what_is_written_can_be_read_back(client: httpx.Client, topology: Topology) -> None:
    if topology.app.smoke.write is None:
        pytest.skip("topology.app.smoke names no write")
    there_and_back(client, exchange=topology.app.smoke.write, patience=0)


def test_a_task_goes_to_the_worker_and_comes_back(client: httpx.Client, topology: Topology) -> None:
    if topology.app.smoke.task is None:
        pytest.skip("topology.app.smoke names no task")
    there_and_back(client, exchange=topology.app.smoke.task, patience=PATIENCE)


def there_and_back(client: httpx.Client, *, exchange: Exchange, patience: float) -> None:
    """Send a text that is new, and ask for it until it is there or `patience` (seconds) ends."""
    text = f"smoke check {uuid4().hex}"
    body = {name: value.replace("{text}", text) for name, value in exchange.body.items()}
    assert text in body.values(), f"no {{text}} in the body for {exchange.path}"
    made = client.post(exchange.path, json=body)
    assert made.is_success, made.text[:500]
    fields: dict[str, Any] = made.json()
    place = exchange.answer.format_map(fields)
    end = time.monotonic() + patience
    while True:
        answer = client.get(place)
        assert answer.status_code == 200, f"{place}: {answer.text[:500]}"
        if text in answer.text:
            return
        assert time.monotonic() < end, f"{place} did not show the text: {answer.text[:500]}"
        time.sleep(0.05)
