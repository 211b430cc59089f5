"""A container's health: the word of Docker, and an answer of our own until there is one."""

from collections.abc import Callable
from typing import Any

import pytest

from ops.run import Completed
from ops.runtime.docker import containers
from stacks.errors import CommandError

QUESTION = ["redis-cli", "ping"]
Item = dict[str, Any]


def item(status: str, *, health: str | None) -> Item:
    state: Item = {"Status": status}
    if health is None:
        return {"Id": "abc", "State": state, "Config": {}}
    state["Health"] = {"Status": health}
    return {"Id": "abc", "State": state, "Config": {"Healthcheck": {"Test": ["CMD", *QUESTION]}}}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], list[list[str]]]:
    """Has each question answered with this code, or not at all; what is asked."""

    def answers(code: int | None) -> list[list[str]]:
        told: list[list[str]] = []

        def run(args: list[str], **_: Any) -> Completed:
            told.append(args)
            if code is None:
                raise CommandError("docker did not finish within 5 s")
            return Completed(stdout="", stderr="", code=code)

        monkeypatch.setattr(containers, "run", run)
        return told

    return answers


@pytest.mark.parametrize("health", ["starting", "unhealthy"])
@pytest.mark.parametrize("code", [0, 1, None])
def test_an_outdated_status_is_checked_again(
    asked: Callable[[int | None], list[list[str]]], code: int | None, health: str
) -> None:
    commands = asked(code)
    told = "healthy" if code == 0 else health
    assert containers.health_of(item("running", health=health)) == told
    assert commands == [["docker", "exec", "abc", *QUESTION]]


@pytest.mark.parametrize(
    ("status", "health", "told"),
    [
        ("running", "healthy", "healthy"),
        ("restarting", "starting", "starting"),
        ("exited", "unhealthy", "unhealthy"),
        ("exited", None, "-"),
    ],
)
def test_a_current_status_is_reported(
    asked: Callable[[int | None], list[list[str]]], status: str, health: str | None, told: str
) -> None:
    commands = asked(0)
    assert containers.health_of(item(status, health=health)) == told
    assert commands == []
