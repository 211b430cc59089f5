"""Pulumi's own lock, its errors in our words, and what `up` refuses before it starts."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ops import stack_engine
from ops import up as deploy
from ops.run import Completed
from ops.stack_engine import State
from stacks.errors import CommandError, DeployError, PreflightError
from stacks.topology import load_topology

EMPTY = State(outputs={}, ids=frozenset())


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """What would have been run; nothing is."""
    told: list[list[str]] = []

    def run(args: list[str], **_: Any) -> Completed:
        told.append(list(args))
        return Completed(stdout="", stderr="", code=0)

    monkeypatch.setenv("UPSHIFT_BACKEND", f"file://{tmp_path}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "x")
    monkeypatch.setattr(stack_engine, "run", run)
    monkeypatch.setattr(deploy, "run", run)
    return told


def lock(folder: Path, *, pid: int, hostname: str = "") -> None:
    """A lock as Pulumi's file backend writes it."""
    place = folder / ".pulumi" / "locks" / "organization" / "upshift" / "dev"
    place.mkdir(parents=True, exist_ok=True)
    held = {"pid": pid, "username": "me", "hostname": hostname or socket.gethostname()}
    (place / f"{pid}.json").write_text(json.dumps(held))


def gone() -> int:
    """The id of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_dead_runs_lock_is_removed(commands: list[list[str]], tmp_path: Path) -> None:
    lock(tmp_path, pid=gone())
    stack_engine.free("dev")
    assert [command[:2] for command in commands] == [["pulumi", "cancel"]]


def test_a_live_runs_lock_is_left_alone(commands: list[list[str]], tmp_path: Path) -> None:
    lock(tmp_path, pid=gone())
    lock(tmp_path, pid=os.getpid())
    stack_engine.free("dev")
    assert commands == []


def test_another_machines_lock_is_left_alone(commands: list[list[str]], tmp_path: Path) -> None:
    lock(tmp_path, pid=gone(), hostname="another")
    stack_engine.free("dev")
    assert commands == []


def test_a_shared_backend_is_left_alone(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPSHIFT_BACKEND", "s3://shared")
    stack_engine.free("dev")
    assert commands == []


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        ("error: incorrect passphrase", PreflightError, "does not open the secrets of the stack"),
        ("the stack is currently locked by 1 lock", DeployError, "is locked by another run"),
        ("x\nDiagnostics:\n  no such column\nOutputs:\n y", DeployError, "  no such column"),
    ],
)
def test_pulumis_words(
    said: str,
    kind: type[Exception],
    told: str,
    commands: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stream(_args: list[str], *, on_line: Any, **_: Any) -> int:
        for line in said.splitlines():
            on_line(line)
        return 255

    monkeypatch.setattr(stack_engine, "stream", stream)
    with pytest.raises(kind, match=told) as caught:
        stack_engine.up("dev", on_line=lambda line: None)
    assert "Outputs" not in str(caught.value)


def test_no_pulumi(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> Completed:
        raise CommandError("pulumi is not installed", hint="ops doctor")

    monkeypatch.setattr(stack_engine, "run", missing)
    with pytest.raises(CommandError, match="pulumi is not installed"):
        stack_engine.preview_json("dev")


def test_a_stack_of_a_newer_toolkit_is_refused() -> None:
    newer = State(outputs={"toolkit": "0.10.0"}, ids=frozenset())
    with pytest.raises(PreflightError, match="was made by Upshift 0.10.0; this is 0.1.0"):
        deploy._refuse_newer("dev", state=newer)
    deploy._refuse_newer("dev", state=EMPTY)


def test_data_without_its_state_is_refused(commands: list[list[str]]) -> None:
    topology = load_topology("dev")
    with pytest.raises(PreflightError, match="postgres-data holds data, and the stack's state"):
        deploy._refuse_lost_state(topology, state=EMPTY)
    known = State(outputs={}, ids=frozenset({"upshift-dev-postgres-data"}))
    deploy._refuse_lost_state(topology, state=known)
    assert all(command[:3] == ["docker", "volume", "inspect"] for command in commands)


def test_only_containers_that_the_state_does_not_know_are_removed(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(args: list[str], **_: Any) -> Completed:
        commands.append(list(args))
        return Completed(stdout="id1 upshift-dev-edge\nid2 upshift-dev-beat\n", stderr="", code=0)

    monkeypatch.setattr(deploy, "run", run)
    known = State(outputs={}, ids=frozenset({"id1"}))
    deploy._remove_strangers(load_topology("dev"), state=known)
    listing, *removed = commands
    assert "label=upshift.stack=dev" in listing and "label=upshift.name=upshift" in listing
    assert removed == [["docker", "rm", "-f", "id2"]]
