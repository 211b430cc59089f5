"""Orphans: a Pulumi whose `ops` was killed. Wait for its end, and kill it after a time limit.

The kernel has sent it SIGINT (see `child.py`), so that it finishes its current step and exits. One
that has not taken Pulumi's lock yet is found here too.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from ops.engine import pulumi_lock
from stacks import inputs

MARK = "UPSHIFT_STARTED_BY_OPS"  # in the environment of a Pulumi that changes a stack
WAIT_SECONDS = 120.0  # for the current step
KILL_AFTER_SECONDS = 10.0  # after a second SIGINT, at which Pulumi exits at once


def wait_for_end(stack: str, *, say: Callable[[str], None]) -> None:
    """Return when no orphan works on the stack; call it while holding the stack's lock.

    `say` gets progress messages. Removes the recorded inputs of killed runs.
    """
    for leader in leaders(stack):
        say(
            f"    waiting: process {leader}, the Pulumi of a killed ops, finishes its current step;"
        )
        say("    Ctrl-C stops waiting")
        if not _has_ended(leader, seconds=WAIT_SECONDS):
            say(f"    stopping process {leader}: it is still working after {WAIT_SECONDS:g} s")
            _stop(leader)
    for folder in inputs.runs_of(stack).glob("[0-9]*"):
        if pulumi_lock.process_of(int(folder.name)) is None:
            shutil.rmtree(folder, ignore_errors=True)


def mark(stack: str) -> dict[str, str]:
    """The variable that marks a Pulumi of this stack: the folder of the run's inputs."""
    return {MARK: str(inputs.runs_of(stack) / str(os.getpid()))}


def leaders(stack: str) -> list[int]:
    """Process ids of every Pulumi that another `ops` of this checkout started for the stack."""
    start = f"{MARK}={inputs.runs_of(stack)}{os.sep}".encode()
    found = []
    for path in pulumi_lock.PROCESSES.glob("[0-9]*"):
        process = pulumi_lock.process_of(int(path.name))
        if process is None or process.session != int(path.name):
            continue
        if not process.name.startswith("pulumi"):
            continue
        if any(each.startswith(start) for each in _environment(path)):
            found.append(int(path.name))
    return sorted(found)


def _environment(folder: Path) -> list[bytes]:
    """A process's environment; empty when it has ended or belongs to another user."""
    try:
        return (folder / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _has_ended(leader: int, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while pulumi_lock.process_of(leader):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def _stop(leader: int) -> None:
    try:
        os.kill(leader, signal.SIGINT)
        if not _has_ended(leader, seconds=KILL_AFTER_SECONDS):
            os.kill(leader, signal.SIGKILL)
    except ProcessLookupError:
        return
    pulumi_lock.end_session(leader)
