"""Pulumi's own lock: real processes hold it, die with it, and leave plugins behind."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.engine import pulumi_lock
from stacks.errors import LockedError

SINCE = "2026-11-24T04:14:04.61718717Z"


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program called `pulumi` that works on and on, as `ops` starts it: a session's leader."""
    program = tmp_path / "pulumi"
    shutil.copy(shutil.which("sleep") or "", program)
    started = subprocess.Popen([str(program), "60"], start_new_session=True)
    yield started
    started.kill()
    started.wait()


def lock(folder: Path, *, pid: int, host: str = "", text: str = "") -> Path:
    """A lock as Pulumi's file backend writes it."""
    place = folder / ".pulumi" / "locks" / "organization" / "upshift" / "dev"
    place.mkdir(parents=True, exist_ok=True)
    here = host or socket.gethostname()
    held = {"pid": pid, "username": "me", "hostname": here, "timestamp": SINCE}
    path = place / f"{pid}.json"
    path.write_text(text or json.dumps(held))
    return path


def clear(folder: Path, *, said: list[str] | None = None) -> bool:
    told = [] if said is None else said
    return pulumi_lock.wait_until_free("dev", folder=folder, say=told.append)


def gone() -> int:
    """The id of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_an_unlocked_stack(tmp_path: Path) -> None:
    assert clear(tmp_path) is False


def test_a_dead_runs_lock_is_left_to_be_removed(tmp_path: Path) -> None:
    lock(tmp_path, pid=gone())
    assert clear(tmp_path) is True


def test_another_program_with_the_same_number_holds_nothing(tmp_path: Path) -> None:
    lock(tmp_path, pid=os.getpid())
    assert clear(tmp_path) is True


def test_a_zombie_process_holds_no_lock(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    lock(tmp_path, pid=sleeper.pid)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert clear(tmp_path) is True


def test_a_run_that_works_is_told_and_waited_for(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    held = lock(tmp_path, pid=sleeper.pid)
    said: list[str] = []

    class Ends(list[str]):
        def append(self, text: str) -> None:
            said.append(text)
            held.unlink()

    assert pulumi_lock.wait_until_free("dev", folder=tmp_path, say=Ends().append) is False
    (line,) = said
    assert f"me@{socket.gethostname()} runs Pulumi (process {sleeper.pid})" in line
    assert "since 2026-11-24T04:14:04Z" in line


def test_waiting_ends_with_who_and_since_when(
    tmp_path: Path, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulumi_lock, "WAIT_SECONDS", 0.1)
    held = lock(tmp_path, pid=sleeper.pid)
    with pytest.raises(LockedError, match=f"process {sleeper.pid}.*since 2026") as caught:
        clear(tmp_path)
    assert "pulumi cancel --stack dev" in caught.value.hint and held.exists()


@pytest.mark.parametrize("text", ["", "half of {"])
def test_what_cannot_be_looked_at_is_left_alone(tmp_path: Path, text: str) -> None:
    lock(tmp_path, pid=1, host="another", text=text)
    said: list[str] = []
    with pytest.raises(LockedError, match="is locked: "):
        clear(tmp_path, said=said)
    assert said == []


def test_a_killed_runs_plugins_are_ended(tmp_path: Path) -> None:
    script = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True)"
    leader = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert leader.stdout
    plugin = Path(f"/proc/{leader.stdout.readline().strip()}")
    leader.stdout.close()
    leader.wait()
    assert plugin.exists()
    lock(tmp_path, pid=leader.pid)
    assert clear(tmp_path) is True
    deadline = time.monotonic() + 5
    while _lives(plugin) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _lives(plugin)


def _lives(process: Path) -> bool:
    return pulumi_lock.process_of(int(process.name)) is not None
