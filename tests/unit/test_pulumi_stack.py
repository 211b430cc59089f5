"""Pulumi's own lock, its errors in our words, and what `up` refuses before it starts."""

import signal
from pathlib import Path
from typing import Any

import pytest

from ops.deploy import previous_run
from ops.engine import pulumi_stack
from ops.engine.state import State
from ops.run import Completed
from ops.runtime.docker import leftovers
from stacks.errors import CommandError, DeployError, LockedError, PreflightError
from stacks.loading import load_topology

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
    monkeypatch.setattr(pulumi_stack, "run", run)
    monkeypatch.setattr(leftovers, "run", run)
    return told


def test_a_shared_backend_is_left_alone(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPSHIFT_BACKEND", "s3://shared")
    pulumi_stack.wait_and_clean("dev", say=print)
    assert commands == []


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        (
            "error: incorrect passphrase",
            PreflightError,
            "does not decrypt the secrets of the stack",
        ),
        ('error: corrupt store: missing version in ".pulumi/meta.yaml"', PreflightError, "corrupt"),
        ("the stack is currently locked by 1 lock", LockedError, "is locked: another run"),
        (
            "the stack is currently locked by 1 lock\n  s3://x/y.json: created by me@there (pid 7)",
            LockedError,
            r"is locked: created by me@there \(pid 7\)",
        ),
        ("x\nDiagnostics:\n  no column\nOutputs:\n y", DeployError, "failed: no column"),
        (
            "Diagnostics:\n warning: a\n error: update failed\n error: the job failed\n no column",
            DeployError,
            "^Pulumi failed: the job failed\n no column\n  where",
        ),
        (
            "error: Program failed with an unhandled exception:\nTraceback (most\nKeyError: 'a'",
            DeployError,
            "^Pulumi failed: KeyError: 'a'\n",
        ),
        ("", DeployError, "^Pulumi failed: it wrote no message"),
        (
            "error:   sdk-v2/provider2.go:571: sdk.helper_schema: no room: provider=docker@5.2.0",
            DeployError,
            "^Pulumi failed: no room\n",
        ),
    ],
)
def test_pulumis_errors_are_translated(
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

    monkeypatch.setattr(pulumi_stack, "stream", stream)
    with pytest.raises(kind, match=told) as caught:
        pulumi_stack.up("dev", on_line=lambda line: None)
    assert "Outputs" not in str(caught.value)


def test_no_pulumi(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> Completed:
        raise CommandError("pulumi is not installed", hint="ops doctor")

    monkeypatch.setattr(pulumi_stack, "run", missing)
    with pytest.raises(CommandError, match="pulumi is not installed"):
        pulumi_stack.preview_json("dev")


def test_a_stack_of_a_newer_toolkit_is_refused() -> None:
    newer = State(outputs={"toolkit": "0.10.0"}, ids=frozenset())
    with pytest.raises(PreflightError, match="was deployed by Upshift 0.10.0; this is 0.1.0"):
        previous_run._refuse_newer_version("dev", state=newer)
    previous_run._refuse_newer_version("dev", state=EMPTY)


def test_data_without_its_state_is_refused(commands: list[list[str]]) -> None:
    topology = load_topology("dev")
    with pytest.raises(PreflightError, match="postgres-data holds data that the stack's state"):
        previous_run._refuse_unrecorded_data(topology, state=EMPTY)
    known = State(outputs={}, ids=frozenset({"upshift-dev-postgres-data"}))
    previous_run._refuse_unrecorded_data(topology, state=known)
    assert all(command[:3] == ["docker", "volume", "inspect"] for command in commands)


def test_only_what_the_state_does_not_know_is_removed(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(args: list[str], **_: Any) -> Completed:
        commands.append(list(args))
        return Completed(stdout="id1 upshift-dev-edge\nid2 upshift-dev-beat\n", stderr="", code=0)

    monkeypatch.setattr(leftovers, "run", run)
    known = State(outputs={}, ids=frozenset({"id1"}))
    previous_run.recover_previous_run(load_topology("dev"), state=known)
    listing, removed, networks, unmade, *_ = commands
    for listed in (listing, networks):
        assert "label=upshift.stack=dev" in listed and "label=upshift.name=upshift" in listed
    assert removed == ["docker", "rm", "-f", "id2"]
    assert unmade == ["docker", "network", "rm", "id2"]


def test_a_killed_pulumi_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "x")
    monkeypatch.setattr(pulumi_stack, "stream", lambda *_, **__: -signal.SIGKILL)
    with pytest.raises(DeployError, match="killed by SIGKILL") as caught:
        pulumi_stack.destroy("dev", on_line=print)
    assert "it continues from here" in caught.value.hint
