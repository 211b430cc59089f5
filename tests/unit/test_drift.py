"""What was changed by hand: the state of one environment beside what Docker says of it."""

import copy
import json
from typing import Any

import pytest

from ops.deploy import previous_run, smoke_checks, up
from ops.deploy.smoke_checks import Result
from ops.engine import pulumi_stack
from ops.engine.state import DockerObject, State
from ops.run import Completed
from ops.runtime.docker import containers, drift
from stacks.errors import CheckError
from stacks.loading import load_topology

Found = dict[str, list[dict[str, Any]]]

WEB = {
    "name": "x-web",
    "mustRun": True,
    "networksAdvanceds": [{"name": "x-back", "aliases": ["web"]}],
    "volumes": [{"containerPath": "/run/upshift", "volumeName": "x-files", "readOnly": True}],
}
STATE = State(
    outputs={},
    ids=frozenset({"n1", "x-files", "c1", "c2"}),
    docker_objects=(
        DockerObject("network", "urn:n1", "n1", {"name": "x-back"}),
        DockerObject("volume", "urn:v1", "x-files", {"name": "x-files"}),
        DockerObject("container", "urn:c1", "c1", WEB),
        DockerObject("container", "urn:c2", "c2", {"name": "x-carrier", "mustRun": False}),
    ),
)
AS_MADE: Found = {
    "network": [{"Id": "n1", "Name": "x-back"}],
    "volume": [{"Name": "x-files"}],
    "container": [
        {
            "Id": "c1",
            "Name": "/x-web",
            "State": {"Status": "running"},
            "NetworkSettings": {"Networks": {"x-back": {"NetworkID": "n1", "Aliases": ["web"]}}},
            "Mounts": [{"Destination": "/run/upshift", "Name": "x-files"}],
        },
        {
            "Id": "c2",
            "Name": "/x-carrier",
            "State": {"Status": "created"},
            "NetworkSettings": {"Networks": {"none": {"NetworkID": "0"}}},
            "Mounts": [],
        },
    ],
}


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> Found:
    """What Docker has: all as it was made, to be changed."""
    has = copy.deepcopy(AS_MADE)

    def run(args: list[str], **_: Any) -> Completed:
        asked = set(args[3:])
        items = [one for one in has[args[1]] if one.get("Id", one["Name"]) in asked]
        return Completed(stdout=json.dumps(items), stderr="", code=len(asked) - len(items))

    monkeypatch.setattr(drift, "run", run)
    return has


def told() -> list[tuple[str, str]]:
    return [(one.text, one.replace) for one in drift.find(STATE)]


def test_nothing_differs(docker: Found) -> None:
    assert told() == []
    assert drift.find(State(outputs={}, ids=frozenset())) == []


def test_what_was_removed_is_named_and_left_to_the_refresh(docker: Found) -> None:
    docker["volume"].clear()
    docker["container"].pop()
    assert told() == [
        ("the volume x-files was removed", ""),
        ("the container x-carrier was removed", ""),
    ]


def test_a_removed_network_takes_its_containers_along(docker: Found) -> None:
    docker["network"].clear()
    docker["container"][0]["NetworkSettings"]["Networks"] = {}
    assert told() == [
        ("the network x-back was removed", ""),
        ("the container x-web is not on the network x-back", "urn:c1"),
    ]


def test_another_network_under_the_same_name_is_not_the_same(docker: Found) -> None:
    docker["container"][0]["NetworkSettings"]["Networks"]["x-back"]["NetworkID"] = "n2"
    assert told() == [("the container x-web is not on the network x-back", "urn:c1")]


def test_a_name_on_a_network_that_was_lost(docker: Found) -> None:
    docker["container"][0]["NetworkSettings"]["Networks"]["x-back"]["Aliases"] = None
    said = "the container x-web has lost its name web on the network x-back"
    assert told() == [(said, "urn:c1")]


def test_one_network_too_many(docker: Found) -> None:
    docker["container"][0]["NetworkSettings"]["Networks"]["bridge"] = {"NetworkID": "b"}
    assert told() == [("the container x-web was connected to the network bridge", "urn:c1")]


@pytest.mark.parametrize("status", ["exited", "paused", "restarting", "created"])
def test_a_container_that_does_not_run(docker: Found, status: str) -> None:
    docker["container"][0]["State"]["Status"] = status
    assert told() == [(f"the container x-web is {status}", "")]


def test_another_name_and_another_volume(docker: Found) -> None:
    docker["container"][0]["Name"] = "/mine"
    docker["container"][0]["Mounts"][0]["Name"] = "another"
    assert told() == [
        ("the container x-web was renamed to mine", "urn:c1"),
        ("the container x-web does not mount x-files at /run/upshift", "urn:c1"),
    ]


def verify(
    monkeypatch: pytest.MonkeyPatch, *, answers: list[str], changed: bool
) -> list[dict[str, Any]]:
    """Prove with checks that fail with these words ("" passes); returns the ups that it took."""
    ups: list[dict[str, Any]] = []

    def require(_stack: str) -> Result:
        if said := answers.pop(0):
            raise CheckError(said, hint="look")
        return Result(passed=1, skipped=0, failures=(), seconds=0.1, text="")

    def stack_up(_stack: str, **given: Any) -> bool:
        ups.append(given)
        return False

    monkeypatch.setattr(smoke_checks, "require", require)
    monkeypatch.setattr(pulumi_stack, "up", stack_up)
    monkeypatch.setattr(previous_run, "load_state", lambda _topology: STATE)
    monkeypatch.setattr(containers, "every", lambda _topology: [])
    monkeypatch.setattr(containers, "status", lambda *_, **__: [])
    up.verify(load_topology("dev"), changed=changed)
    return ups


def test_failed_checks_after_unchanged_look_once_at_what_is_there(
    docker: Found, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (one,) = verify(monkeypatch, answers=["2 smoke checks failed", ""], changed=False)
    assert one["refresh"] is True
    shown = capsys.readouterr().out
    assert "2 smoke checks failed, although nothing was changed" in shown
    assert "1 smoke checks passed" in shown


def test_they_are_not_tried_a_third_time(docker: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckError, match="still failed") as caught:
        verify(monkeypatch, answers=["failed", "still failed"], changed=False)
    assert "ops destroy dev, then ops up dev" in caught.value.hint


def test_failed_checks_after_a_change_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckError, match="^failed"):
        verify(monkeypatch, answers=["failed"], changed=True)
