"""The Pulumi of an `ops` that was killed: real processes, found by their environment."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.engine import orphans
from stacks import inputs

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc here")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The runs' folder of this checkout."""
    monkeypatch.setattr(inputs, "RUNS", tmp_path / "runs")
    return tmp_path


def pulumi(folder: Path, *, stack: str, script: str) -> "subprocess.Popen[bytes]":
    """A program called `pulumi`, started as `ops` starts it, that says when it works."""
    program = folder / "pulumi"
    shutil.copy(shutil.which("bash") or "", program)
    started = subprocess.Popen(
        [str(program), "-c", f"{script} echo; while :; do sleep 0.1; done"],
        env={**os.environ, **orphans.mark(stack)},
        start_new_session=True,
        stdout=subprocess.PIPE,
    )
    assert started.stdout and started.stdout.readline() == b"\n"
    return started


@pytest.fixture
def working(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """One that goes on working, whatever interrupts it."""
    started = pulumi(folder, stack="dev", script="trap '' INT;")
    yield started
    started.kill()
    started.wait()
    assert started.stdout
    started.stdout.close()


def test_there_is_none(folder: Path) -> None:
    said: list[str] = []
    orphans.wait_for_end("dev", say=said.append)
    assert said == []


def test_it_is_waited_for_and_named(folder: Path, working: "subprocess.Popen[bytes]") -> None:
    assert orphans.leaders("dev") == [working.pid]
    said: list[str] = []

    def hear(text: str) -> None:
        said.append(text)
        working.kill()  # as if it had finished its step

    orphans.wait_for_end("dev", say=hear)
    assert f"process {working.pid}, the Pulumi of a killed ops" in said[0]
    assert "ending" not in " ".join(said)


def test_one_that_does_not_end_is_ended(
    folder: Path, working: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphans, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(orphans, "KILL_AFTER_SECONDS", 0.1)
    said: list[str] = []
    orphans.wait_for_end("dev", say=said.append)
    assert f"stopping process {working.pid}" in said[-1]
    assert working.wait(timeout=5) < 0 and orphans.leaders("dev") == []


def test_another_stacks_is_left_alone(folder: Path, working: "subprocess.Popen[bytes]") -> None:
    for other in ("de", "dev-2", "staging"):
        assert orphans.leaders(other) == []
        orphans.wait_for_end(other, say=pytest.fail)
    assert working.poll() is None


def test_what_dead_runs_wrote_down_is_removed(folder: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    dead, alive = (inputs.runs_of("dev") / str(pid) for pid in (ended.pid, os.getpid()))
    for made in (dead, alive):
        made.mkdir(parents=True)
    orphans.wait_for_end("dev", say=pytest.fail)
    assert not dead.exists() and alive.exists()
