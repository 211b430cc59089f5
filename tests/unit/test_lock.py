"""One at a time on a stack, and a record of it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ops import audit, lock
from stacks.errors import LockedError
from stacks.topology import PROJECT

HOLDER = """
import sys, time
from pathlib import Path
from ops import lock
lock.WORK = Path({folder!r})
with lock.locked("dev", verb="up"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(lock, "WORK", tmp_path)
    return tmp_path


def hold(folder: Path) -> subprocess.Popen[str]:
    """Another process that holds the stack `dev`."""
    code = HOLDER.format(folder=str(folder))
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=PROJECT
    )
    assert holder.stdout and holder.stdout.readline() == "held\n"
    return holder


def test_a_second_process_is_told_who_works_and_since_when(work: Path) -> None:
    holder = hold(work)
    try:
        with pytest.raises(LockedError) as caught, lock.locked("dev", verb="destroy"):
            pytest.fail("two held one lock")
        assert f"runs 'up' (process {holder.pid}) since 20" in caught.value.message
        assert "@" in caught.value.message and caught.value.exit_code == 7
        with lock.locked("staging", verb="up"):
            pass
    finally:
        holder.kill()
        holder.communicate()


def test_a_killed_process_leaves_no_lock(work: Path) -> None:
    holder = hold(work)
    holder.kill()
    holder.communicate()
    with lock.locked("dev", verb="up"):
        held = json.loads((work / "locks" / "dev.json").read_text())
        assert held["verb"] == "up"
    assert not (work / "locks" / "dev.json").exists()


def test_a_failure_inside_frees_it(work: Path) -> None:
    with pytest.raises(KeyboardInterrupt), lock.locked("dev", verb="up"):
        raise KeyboardInterrupt
    with lock.locked("dev", verb="up"):
        pass


def test_the_record_is_a_line_for_each_act(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "RECORD", tmp_path / "new" / "audit.jsonl")
    audit.record("dev", verb="up", result="done", seconds=1.26, release="abc")
    audit.record("dev", verb="destroy", result="interrupted", seconds=2)
    first, second = map(json.loads, audit.RECORD.read_text().splitlines())
    assert first["release"] == "abc" and first["seconds"] == 1.3 and "@" in first["who"]
    assert second["verb"] == "destroy" and second["result"] == "interrupted"
