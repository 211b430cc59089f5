"""Each thing that stops an `up` before anything is touched, and what is said of it."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops import preflight
from ops.run import Completed
from ops.setup import engine
from stacks.errors import PreflightError, TopologyError
from stacks.topology import Topology, parse_topology


def topology(**parts: Any) -> Topology:
    """A stack described in place."""
    return parse_topology({"config": {"upshift:topology": parts}}, stack="dev", where="here")


def answers(*, stdout: str = "", code: int = 0) -> Any:
    """Stands for every program that is started."""
    return lambda args, **_: Completed(stdout=stdout, stderr="", code=code)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (engine.Answer("missing"), "Docker is not installed"),
        (engine.Answer("stopped", reason="no socket"), "Docker does not answer"),
        (engine.Answer("refused", reason="permission denied"), "no rights to it"),
    ],
)
def test_docker(answer: engine.Answer, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "ask", lambda: answer)
    with pytest.raises(PreflightError, match=said) as caught:
        preflight.preflight(topology())
    assert caught.value.exit_code == 3 and caught.value.hint


def test_docker_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "ask", lambda: engine.Answer("ok", version="20.10"))
    assert preflight.engine_answers(topology()) == "docker: 20.10"


def test_two_stacks_with_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "stack_names", lambda: ["dev", "other"])
    monkeypatch.setattr(preflight, "load_topology", lambda name: topology())
    with pytest.raises(PreflightError, match="two stacks with one name: 'dev' and 'other'"):
        preflight.one_name(topology())


def test_another_stacks_mistake_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_name: str) -> Topology:
        raise TopologyError("broken")

    monkeypatch.setattr(preflight, "stack_names", lambda: ["dev", "other"])
    monkeypatch.setattr(preflight, "load_topology", broken)
    assert preflight.one_name(topology()) == "name: upshift-dev"


def test_no_django_project(tmp_path: Path) -> None:
    with pytest.raises(TopologyError, match="is no Django project: no manage.py in it"):
        preflight.project_there(topology(app={"path": str(tmp_path)}))
    (tmp_path / "manage.py").touch()
    with pytest.raises(TopologyError, match="no requirements.lock in it"):
        preflight.project_there(topology(app={"path": str(tmp_path)}))
    (tmp_path / "requirements.lock").touch()
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "wsgi.py").touch()
    assert preflight.project_there(topology(app={"path": str(tmp_path)}))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.delenv("UPSHIFT_DISK_LEFT", raising=False)
    monkeypatch.setattr(preflight, "run", answers(stdout="/no/such/folder"))


@pytest.mark.usefixtures("here")
def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1024**3))
    with pytest.raises(PreflightError, match="nearly full: 1.0 GiB left, 2 wanted"):
        preflight.disk_left(topology())
    monkeypatch.setenv("UPSHIFT_DISK_LEFT", "0.5")
    assert preflight.disk_left(topology()) == "disk: 1 GiB left"
    monkeypatch.setenv("UPSHIFT_DISK_LEFT", "much")
    with pytest.raises(PreflightError, match="'much', and a number of GiB is wanted"):
        preflight.disk_left(topology())


def test_another_machines_disk_and_ports_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://server")
    assert "another machine" in preflight.disk_left(topology())
    assert "another machine" in preflight.ports(topology())


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that a program listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield int(server.getsockname()[1])


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("stdout", "by"), [("", "by another program"), ("web", "by the container web")]
)
def test_a_taken_port(stdout: str, by: str, taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    edge = {"https_port": taken, "http_port": free()}
    # The edge does not run, so the port is not our own.
    monkeypatch.setattr(preflight, "_own_ports", lambda _topology: set())
    monkeypatch.setattr(preflight, "run", answers(stdout=stdout))
    with pytest.raises(PreflightError, match=f"port {taken} is taken {by}") as caught:
        preflight.ports(topology(edge=edge))
    assert caught.value.where == "topology.edge.https_port"


@pytest.mark.usefixtures("here")
def test_a_port_of_our_own_edge_is_free_to_us(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    edge = {"https_port": taken, "http_port": free()}
    monkeypatch.setattr(preflight, "run", answers(stdout=f"true {taken} 1\n"))
    assert str(taken) in preflight.ports(topology(edge=edge))
    monkeypatch.setattr(preflight, "run", answers(stdout=f"false {taken}\n"))
    with pytest.raises(PreflightError, match="is taken"):
        preflight.ports(topology(edge=edge))


@pytest.mark.usefixtures("here")
def test_an_address_of_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "run", answers(code=1))
    with pytest.raises(PreflightError, match="'192.0.2.1' is no address of this machine"):
        preflight.ports(topology(edge={"bind": "192.0.2.1", "http_port": free()}))


def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
