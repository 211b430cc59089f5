"""Each thing that stops an `up` before anything is touched, and what is said of it."""

import shutil
import socket
from collections import namedtuple
from collections.abc import Iterator
from typing import Any

import pytest

from infra.docker import engine_address
from ops import preflight
from ops.preflight import disk, edge_checks
from ops.preflight.queue_memory import queue_fits
from ops.runtime.docker import containers, runtime
from ops.setup.docker_engine import Answer
from stacks.errors import PreflightError
from stacks.topology import Topology
from tests.unit.test_setup_fakes import Programs, says

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def docker(monkeypatch: pytest.MonkeyPatch) -> Programs:
    """An engine that is well and runs nothing."""
    programs = Programs()
    programs.replies["docker info"] = says("/var/lib/docker\n")
    programs.replies["docker info --format {{json .NCPU}}"] = says("2 4294967296\n")
    programs.replies["docker context inspect"] = says(code=1)
    programs.replies["docker container inspect"] = says(code=1)
    programs.replies["docker ps"] = says()
    monkeypatch.setattr(disk, "run", programs.run)
    monkeypatch.setattr(edge_checks, "run", programs.run)
    monkeypatch.setattr(containers, "run", programs.run)
    monkeypatch.setattr(runtime, "run", programs.run)
    monkeypatch.setattr("infra.process.output_of", programs.output_of)
    monkeypatch.setattr("ops.setup.docker_engine.ask", lambda: Answer("ok", version="28"))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(9 << 30, 0, 9 << 30))
    engine_address.forget()
    for name in ("DOCKER_CONTEXT", "DOCKER_HOST", "UPSHIFT_DISK_LEFT"):
        monkeypatch.delenv(name, raising=False)
    return programs


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that a program listens on."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield int(holder.getsockname()[1])


def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def on_ports(http: int = 0, **edge: Any) -> Topology:
    ports = {"http_port": http or free(), "https_port": free()}
    return Topology.model_validate({"stack": "dev", "edge": {**ports, **edge}})


def test_what_is_well_is_told_and_nothing_is_changed(docker: Programs) -> None:
    found = preflight.preflight(on_ports())
    assert len(found) == 10 and found[0] == "docker: 28" and "name: upshift-dev" in found
    looks = ("docker info", "docker context inspect", "docker container inspect", "docker ps")
    assert docker.calls and all(call.startswith(looks) for call in docker.calls)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("missing", "Docker is not installed"),
        ("stopped", "Docker does not answer"),
        ("refused", "this user may not use Docker"),
    ],
)
def test_an_engine_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, state: Any, said: str
) -> None:
    monkeypatch.setattr("ops.setup.docker_engine.ask", lambda: Answer(state, reason="why"))
    with pytest.raises(PreflightError, match=said) as caught:
        preflight.preflight(on_ports())
    assert caught.value.where == "why" and caught.value.hint


def test_another_engine_is_not_ours_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.setup.docker_engine.ask", lambda: Answer("stopped", reason="why"))
    monkeypatch.setenv("DOCKER_HOST", "tcp://server:2376")
    with pytest.raises(PreflightError, match="does not answer") as caught:
        preflight.engine_available(on_ports())
    assert "tcp://server:2376" in caught.value.where and "unset DOCKER_HOST" in caught.value.hint


def test_a_disk_nearly_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(9 << 30, 0, 1 << 30))
    with pytest.raises(PreflightError, match="1.0 GiB free, 2 GiB required"):
        disk.disk_space(on_ports())
    monkeypatch.setenv("UPSHIFT_DISK_LEFT", "0.5")
    assert disk.disk_space(on_ports()) == "disk: 1 GiB free"
    monkeypatch.setenv("UPSHIFT_DISK_LEFT", "much")
    with pytest.raises(PreflightError, match="'much', which is not a number of GiB"):
        disk.disk_space(on_ports())


def test_another_machines_disk_and_ports_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://server")
    assert "another machine" in disk.disk_space(on_ports())
    assert "another machine" in preflight.ports(on_ports())


@pytest.mark.parametrize("key", ["http_port", "https_port"])
def test_a_port_names_the_container_that_holds_it(docker: Programs, taken: int, key: str) -> None:
    docker.replies[f"docker ps --filter publish={taken}"] = says("upshift-staging-edge\n")
    said = f"{taken} is already in use by the container upshift-staging-edge"
    with pytest.raises(PreflightError, match=said) as caught:
        preflight.ports(on_ports(**{key: taken}))
    assert caught.value.where == f"topology.edge.{key}"


def test_a_port_that_no_container_holds(taken: int) -> None:
    with pytest.raises(PreflightError, match=f"{taken} is already in use by another program"):
        preflight.ports(on_ports(taken))


def test_a_port_that_our_own_edge_holds_is_free(docker: Programs, taken: int) -> None:
    docker.replies["docker ps -q --filter label="] = says("abc\n")
    docker.replies["docker container inspect"] = says(f"127.0.0.1|{taken} \n")
    assert str(taken) in preflight.ports(on_ports(taken))
    docker.replies["docker ps -q --filter label="] = says("")
    with pytest.raises(PreflightError, match="already in use"):
        preflight.ports(on_ports(taken))


@pytest.mark.parametrize(
    ("part", "limits", "key"),
    [
        ("postgres", {"memory": 384, "cpus": 3.0}, "topology.postgres.limits.cpus"),
        ("redis_queue", {"memory": 128, "cpus": 2.5}, "topology.redis_queue.limits.cpus"),
        ("service", {"memory": 8192, "cpus": 1.0}, "topology.service.limits.memory"),
    ],
)
def test_more_than_the_machine_has_is_refused_by_its_key(
    docker: Programs, part: str, limits: dict[str, Any], key: str
) -> None:
    topology = Topology.model_validate({"stack": "dev", part: {"limits": limits}})
    with pytest.raises(PreflightError, match="nothing was changed") as caught:
        preflight.preflight(topology)
    assert caught.value.where == key and "the engine's machine has" in caught.value.message
    assert not [call for call in docker.calls if "inspect" in call and "context" not in call]


def test_memory_that_is_promised_twice_is_warned_of(docker: Programs) -> None:
    assert preflight.warnings(Topology(stack="dev")) == ["", "", ""]
    docker.replies["docker info --format {{json .NCPU}}"] = says(f"1 {1960 << 20}\n")
    (said,) = [line for line in preflight.warnings(Topology(stack="dev")) if line]
    assert "while a release takes over" in said and "the machine has 1960 MiB" in said
    docker.replies["docker info --format {{json .NCPU}}"] = says(f"1 {1000 << 20}\n")
    assert "MiB together" in preflight.warnings(Topology(stack="dev"))[-1]


def test_an_address_that_is_not_ours() -> None:
    with pytest.raises(PreflightError, match="'192.0.2.1' is not an address of this machine"):
        preflight.ports(on_ports(bind="192.0.2.1"))


@pytest.mark.parametrize(("used", "memory", "fits"), [(40, 128, True), (40, 64, False)])
def test_a_queue_that_its_new_memory_cannot_hold_is_refused(
    docker: Programs, used: int, memory: int, fits: bool
) -> None:
    docker.replies["docker ps -a"] = says("abc\tupshift-dev-redis-queue\trunning\tredis-queue\t\n")
    docker.replies["docker exec abc"] = says(f"# Memory\nused_memory:{used << 20}\n")
    limits = {"memory": memory, "cpus": 0.5}
    topology = Topology.model_validate({"stack": "dev", "redis_queue": {"limits": limits}})
    if fits:
        assert queue_fits(topology) == "queue: 40 of 51 MiB"
        return
    with pytest.raises(PreflightError, match="the queue uses 40 MiB, and with 64 MiB") as caught:
        queue_fits(topology)
    assert caught.value.where == "topology.redis_queue.limits.memory"


def test_a_queue_that_does_not_run_is_not_checked(docker: Programs) -> None:
    assert "not checked" in queue_fits(Topology(stack="dev"))
