"""The service answers, keeps what it is given, and its worker does what it is asked."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest

from stacks.topology import Topology
from tests.host.environment import Environment

PARTS = ("database", "cache", "broker", "migrations")
PATIENCE = 5.0  # seconds that a task may take: the queue of a fresh environment is empty


@pytest.fixture(scope="module")
def ready(client: httpx.Client, topology: Topology) -> httpx.Response:
    """What the service says of its own readiness."""
    return client.get(topology.app.ready_path)


def part(answer: httpx.Response, *, name: str) -> Mapping[str, Any]:
    """What the readiness answer says of one part."""
    checks = answer.json()["checks"]
    assert name in checks, f"readiness says nothing about {name}: {answer.text[:500]}"
    told: Mapping[str, Any] = checks[name]
    return told


def test_the_service_lives(client: httpx.Client, topology: Topology) -> None:
    assert client.get(topology.app.live_path).status_code == 200


def test_the_service_is_ready(ready: httpx.Response) -> None:
    assert ready.status_code == 200, ready.text[:500]


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_readiness_is_well(
    bundled: Environment, ready: httpx.Response, name: str
) -> None:
    told = part(ready, name=name)
    assert told["ok"] is True, told
    assert told["ms"] >= 0


def test_no_migration_is_pending(environment: Environment, ready: httpx.Response) -> None:
    if environment.bundled:
        assert part(ready, name="migrations")["ok"] is True
        return
    answer = environment.ask("service", "python manage.py migrate --check")
    assert answer.code == 0, answer.stdout + answer.stderr


def test_what_is_written_can_be_read_back(bundled: Environment, client: httpx.Client) -> None:
    body = uuid4().hex
    made = client.post("/api/v1/notes/", json={"title": "smoke check", "body": body})
    assert made.status_code == 201, made.text[:500]
    read = client.get(f"/api/v1/notes/{made.json()['id']}/")
    assert read.status_code == 200
    assert (read.json()["title"], read.json()["body"]) == ("smoke check", body)


def test_a_bad_note_is_refused(bundled: Environment, client: httpx.Client) -> None:
    answer = client.post("/api/v1/notes/", json={"title": "x" * 201, "body": "too long a title"})
    assert answer.status_code == 400
    assert "title" in answer.text


def test_a_task_goes_to_the_worker_and_comes_back(
    bundled: Environment, client: httpx.Client
) -> None:
    text = f"smoke check {uuid4().hex}"
    asked = client.post("/api/v1/echo/", json={"text": text})
    assert asked.status_code == 202, asked.text[:500]
    told = wait_for_task(client, task=asked.json()["id"])
    assert told["status"].upper() == "SUCCESS"
    assert text in str(told["result"])


def wait_for_task(client: httpx.Client, *, task: str) -> Mapping[str, Any]:
    """Ask until the task has ended, or patience has."""
    end = time.monotonic() + PATIENCE
    while True:
        answer = client.get(f"/api/v1/echo/{task}/")
        assert answer.status_code == 200, answer.text[:500]
        told: Mapping[str, Any] = answer.json()
        if told["status"].upper() in ("SUCCESS", "FAILURE"):
            return told
        assert time.monotonic() < end, f"the worker did not answer within {PATIENCE:g} s: {told}"
        time.sleep(0.05)


def test_the_interface_is_described(bundled: Environment, client: httpx.Client) -> None:
    answer = client.get("/api/schema/", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert "/api/v1/notes/" in answer.text
    assert client.get("/api/docs/").status_code == 200
