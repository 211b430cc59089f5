"""What makes another instance of a component, and what does not."""

from typing import Any

import pytest

from stacks.instances import INSTANCED
from stacks.loading import load_topology
from stacks.topology import Topology
from tests.infra.conftest import engine_for


def names(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> dict[str, str]:
    """Component -> its container's name in the dev stack with these changes."""
    described = load_topology("dev").model_dump()
    merged = {part: {**described[part], **values} for part, values in changes.items()}
    topology = Topology.model_validate(described | merged)
    made = engine_for(topology, monkeypatch).containers()
    return {component: str(made[component]["name"]) for component in (*INSTANCED, "edge")}


def changed(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> set[str]:
    """Which components get another container's name."""
    before, after = names(monkeypatch), names(monkeypatch, **changes)
    return {component for component in before if before[component] != after[component]}


def test_the_same_description_gives_the_same_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert changed(monkeypatch) == set()
    found = names(monkeypatch)
    assert found["edge"] == "upshift-dev-edge"
    assert all(found[part].startswith(f"upshift-dev-{part}-") for part in INSTANCED)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"app": {"environment": {"A": "1"}}}, {"service", "worker", "beat"}),
        ({"health": {"interval": 9}}, {"service", "worker", "beat"}),
        ({"edge": {"server_names": ("localhost", "x.example.com")}}, {"service", "worker", "beat"}),
        ({"service": {"timeout": 31}}, {"service"}),  # a file of its own
        ({"service": {"limits": {"memory": 600, "cpus": 2.0}}}, {"service"}),
        ({"app": {"live_path": "/alive"}}, {"service"}),
        ({"worker": {"concurrency": 3}}, {"worker"}),
        ({"beat": {"limits": {"memory": 256, "cpus": 0.5}}}, {"beat"}),
        ({"edge": {"body_limit": 20, "timeout": 20}}, set()),
        ({"postgres": {"limits": {"memory": 600, "cpus": 2.0}}}, set()),
    ],
)
def test_what_makes_another_instance(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], expected: set[str]
) -> None:
    assert changed(monkeypatch, **changes) == expected


def test_another_image_makes_another_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    before = names(monkeypatch)
    monkeypatch.setattr("infra.components.service.image_id", lambda _tag: "sha256:another")
    assert {part for part, name in names(monkeypatch).items() if name != before[part]} == set(
        INSTANCED
    )


def test_an_instance_has_its_own_files_and_its_own_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine_for(load_topology("dev"), monkeypatch).containers()
    service = made["service"]
    instance = str(service["name"]).rpartition("-")[2]
    mounted = {each["containerPath"]: each.get("volumeName") for each in service["volumes"]}
    assert mounted["/run/upshift"] == f"upshift-dev-files-service-{instance}"
    assert f"unix:/run/service/{instance}.sock" in service["command"]
    assert f"/run/service/{instance}.sock" in service["healthcheck"]["tests"]
    uploads = {upload["file"] for upload in made["files"]["uploads"]}
    assert f"/files/service-{instance}/gunicorn.conf.py" in uploads


def test_a_changed_file_of_the_edge_does_not_change_its_container(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    described = load_topology("dev").model_dump()
    edge = described["edge"] | {"body_limit": 20, "server_names": ("shop.example.com",)}
    first = engine_for(Topology.model_validate(described), monkeypatch).containers()["edge"]
    second = engine_for(
        Topology.model_validate({**described, "edge": edge}), monkeypatch
    ).containers()["edge"]
    assert first == second


def test_two_clocks_never_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    beat = engine_for(load_topology("dev"), monkeypatch).containers()["beat"]
    assert beat["start"] is False and beat["mustRun"] is False  # infra.components.rollout starts it
    mounted = {each["containerPath"]: each for each in beat["volumes"]}
    assert mounted["/var/lib/beat"]["volumeName"] == "upshift-dev-schedule"
    assert "/var/lib/beat/schedule" in beat["command"]
