"""What the state tells, what earlier runs left, and what goes with a stack."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.deploy import previous_run
from ops.engine import pulumi_logs, pulumi_stack
from ops.engine.state import DockerObject, State
from ops.run import Completed
from ops.runtime.docker import leftovers
from stacks.errors import PreflightError
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
    monkeypatch.setattr(pulumi_logs, "run", run)
    return told


def test_what_a_killed_run_left_open_is_cleared(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[str]] = []

    def stream(args: list[str], **_: Any) -> int:
        told.append(args[1:5])
        return 0

    monkeypatch.setattr(pulumi_stack, "stream", stream)
    previous_run.recover_previous_run(load_topology("dev"), state=EMPTY)
    assert told == []
    half = State(outputs={}, ids=frozenset(), has_pending_operations=True)
    previous_run.recover_previous_run(load_topology("dev"), state=half)
    assert told == [["refresh", "--yes", "--skip-preview", "--clear-pending-creates"]]


def test_a_state_tells_what_it_holds(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    held: dict[str, Any] = {
        "resources": [
            {"type": "pulumi:pulumi:Stack", "outputs": {"toolkit": "0.1.0"}},
            {
                "type": "docker:index/container:Container",
                "id": "abc",
                "urn": "u",
                "outputs": {"name": "web"},
            },
        ],
        "pending_operations": [{"type": "creating"}],
    }
    said = Completed(stdout=json.dumps({"deployment": held}), stderr="", code=0)
    monkeypatch.setattr(pulumi_stack, "run", lambda *_, **__: said)
    found = pulumi_stack.state("dev")
    assert found.exists and found.has_pending_operations
    assert found.outputs == {"toolkit": "0.1.0"} and "abc" in found.ids
    (made,) = found.objects("container")
    assert (made.name, made.id, made.urn) == ("web", "abc", "u") and found.objects("volume") == []
    none = Completed(stdout="", stderr="error: no stack named 'dev' found", code=255)
    monkeypatch.setattr(pulumi_stack, "run", lambda *_, **__: none)
    assert not pulumi_stack.state("dev").exists


@pytest.mark.parametrize("kind", ["network", "container"])
def test_a_name_that_something_of_anothers_has_is_refused(
    kind: str, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after `docker network rm` and `docker network create` by hand."""

    def run(args: list[str], **_: Any) -> Completed:
        listed = {"network": "ls", "container": "ps"}[kind]
        return Completed(
            stdout="id2 upshift-dev-x\n" if listed in args[1:3] else "", stderr="", code=0
        )

    monkeypatch.setattr(leftovers, "run", run)
    gone = DockerObject(kind, "urn", "id1", {"name": "upshift-dev-x"})
    with pytest.raises(PreflightError, match=f"{kind} upshift-dev-x was not created") as caught:
        leftovers.refuse_foreign(State(outputs={}, ids=frozenset({"id1"}), docker_objects=(gone,)))
    assert f"docker {kind} rm" in caught.value.hint
    there = DockerObject(kind, "urn", "id2", {"name": "upshift-dev-x"})
    leftovers.refuse_foreign(State(outputs={}, ids=frozenset({"id2"}), docker_objects=(there,)))


def test_data_goes_with_backups_and_logs_of_this_checkout_only(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pulumi_stack, "stream", lambda *_, **__: 0)
    pulumi_stack.destroy_with_data("dev", on_line=print)
    (removed,) = [command for command in commands if command[1:3] == ["stack", "rm"]]
    assert "--remove-backups" in removed and "--preserve-config" in removed
    logs = tmp_path / ".pulumi" / "logs"
    logs.mkdir(parents=True)
    for name in ("dev-20261127T223307", "dev-2-20261127T223307", "other-20261127T223307"):
        (logs / f"organization+upshift+{name}.log").touch()
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    left = pulumi_logs.remove("dev")
    assert [path.name for path in left] == ["organization+upshift+dev-20261127T223307.log"]
    assert left[0].exists() and commands[-1][1:3] == ["logs", "remove"]
    assert commands[-1][-2:] == ["--stack", "organization/upshift/dev"]
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / ".pulumi"))
    asked = len(commands)
    assert pulumi_logs.remove("dev") == left and len(commands) == asked


def test_a_broken_state_is_refused_before_pulumi_is_asked(
    commands: list[list[str]], tmp_path: Path
) -> None:
    path = tmp_path / ".pulumi" / "stacks" / "upshift" / "dev.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"version": 3, "checkp')
    for read in (
        lambda: pulumi_stack.state("dev"),
        lambda: pulumi_stack.wait_and_clean("dev", say=print),
    ):
        with pytest.raises(PreflightError, match="the state of 'dev' is corrupt"):
            read()
    assert commands == []
