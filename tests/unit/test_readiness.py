"""What is asked until it is ready, of a `docker` program of the test's own."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pulumi
import pytest

from infra.docker import readiness

DOCKER = """#!/bin/sh
cd "$(dirname "$0")" && echo "$*" >> calls
case "$1" in
    container) n=$(grep -c ^container calls)
        [ -s seen ] || { echo "no such container"; exit 1; }
        sed 's/"CRASHES"/'$n/ seen ;;
    logs) echo "could not open the port" ;;
    exec) n=$(grep -c ^exec calls); echo "not yet"; [ "$n" -ge "$(cat answers-at)" ] ;;
esac
"""


class Fake:
    """The program: what it shows of a container, and at which question that answers well."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = folder / "docker"
        program.write_text(DOCKER)
        program.chmod(0o755)

    def shows(self, *, status: str, health: str, answers_at: int, crashes: bool = False) -> None:
        seen: dict[str, Any] = {
            "Id": "abc",
            "Name": "/upshift-dev-worker",
            "RestartCount": "CRASHES" if crashes else 7,
            "State": {"Status": status, "Health": {"Status": health}},
            "Config": {
                "Healthcheck": {"Test": ["CMD", "curl", "-f", "the live check"]},
                "Labels": {"upshift.component": "worker"},
            },
        }
        (self.folder / "seen").write_text(json.dumps([seen]))
        (self.folder / "answers-at").write_text(str(answers_at))

    def calls(self, verb: str) -> list[str]:
        lines = (self.folder / "calls").read_text().splitlines()
        return [line for line in lines if line.startswith(verb)]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(readiness, "FIRST_PAUSE_SECONDS", 0.01)
    return Fake(tmp_path)


def wait(seconds: float = 20) -> None:
    # Not `asyncio.run`: it takes away the thread's own loop, which Pulumi's tests need.
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(readiness.wait_until_ready("abc", seconds=seconds))
    finally:
        loop.close()


def test_what_docker_calls_healthy_is_not_asked_again(docker: Fake) -> None:
    docker.shows(status="running", health="healthy", answers_at=99)
    wait()
    assert len(docker.calls("container inspect abc")) == 1
    assert docker.calls("exec") == []


def test_an_old_word_of_docker_after_an_outage_is_asked_about(docker: Fake) -> None:
    docker.shows(status="running", health="unhealthy", answers_at=1)
    wait()
    assert docker.calls("exec") == ["exec abc curl -f the live check"]


def test_its_own_health_command_is_asked_until_it_answers_well(docker: Fake) -> None:
    docker.shows(status="running", health="starting", answers_at=3)
    wait()
    assert docker.calls("exec") == ["exec abc curl -f the live check"] * 3


def test_one_that_never_answers_stops_the_up_with_its_log(docker: Fake) -> None:
    docker.shows(status="running", health="starting", answers_at=10_000)
    with pytest.raises(pulumi.RunError) as told:
        wait(seconds=0.2)
    said = str(told.value)
    assert "upshift-dev-worker is running and did not become ready" in said
    assert "its health command (topology.app.worker_health) failed with exit code 1" in said
    assert "curl -f 'the live check'\nnot yet" in said
    assert "could not open the port" in said


def test_one_that_was_stopped_is_started_once_and_not_waited_for_when_it_ends(
    docker: Fake,
) -> None:
    docker.shows(status="exited", health="unhealthy", answers_at=10_000)
    with pytest.raises(pulumi.RunError, match="is exited"):
        wait()
    assert docker.calls("start") == ["start abc"]
    assert docker.calls("exec") == []


def test_one_that_crashes_again_and_again_is_not_waited_for(docker: Fake) -> None:
    docker.shows(status="restarting", health="starting", answers_at=10_000, crashes=True)
    with pytest.raises(pulumi.RunError, match="is restarting"):
        wait()
    assert len(docker.calls("container")) == readiness.MAX_CRASHES + 1


def test_one_that_is_gone_is_told(docker: Fake) -> None:
    with pytest.raises(pulumi.RunError, match="abc does not exist any more: no such container"):
        wait()
