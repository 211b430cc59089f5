"""The Pulumi of an `ops` that was killed: it is waited for, and ended when it does not end.

The kernel has interrupted it at the kill (see `child.py`), so that it ends in order: what it is
in the middle of, it finishes. One that was killed before Pulumi took its lock is found here too.
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
PATIENCE = 120.0  # seconds for the step that it is in
LAST = 10.0  # seconds after a second interrupt, at which Pulumi ends at once


def finish(stack: str, *, say: Callable[[str], None]) -> None:
    """Return when no Pulumi of a killed `ops` works on the stack; ask while its lock is ours.

    `say` is told which one is waited for or ended. Removes what killed runs have written down.
    """
    for leader in leaders(stack):
        say(f"    waiting: process {leader} is the Pulumi of an ops that was killed; it finishes")
        say("    the step that it is in. Ctrl-C ends the waiting")
        if not _ended(leader, seconds=PATIENCE):
            say(f"    ending process {leader}: it still works after {PATIENCE:g} s")
            _end(leader)
    for folder in inputs.runs_of(stack).glob("[0-9]*"):
        if pulumi_lock.look(int(folder.name)) is None:
            shutil.rmtree(folder, ignore_errors=True)


def mark(stack: str) -> dict[str, str]:
    """The variable by which a Pulumi for this stack is found again: the run's own folder."""
    return {MARK: str(inputs.runs_of(stack) / str(os.getpid()))}


def leaders(stack: str) -> list[int]:
    """Every Pulumi that another `ops` of this checkout started for the stack."""
    start = f"{MARK}={inputs.runs_of(stack)}{os.sep}".encode()
    found = []
    for path in pulumi_lock.PROCESSES.glob("[0-9]*"):
        seen = pulumi_lock.look(int(path.name))
        if seen is None or seen.session != int(path.name) or not seen.name.startswith("pulumi"):
            continue
        if any(each.startswith(start) for each in _environment(path)):
            found.append(int(path.name))
    return sorted(found)


def _environment(process: Path) -> list[bytes]:
    """What a process was started with; nothing of one that has ended or is another user's."""
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _ended(leader: int, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while pulumi_lock.look(leader):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def _end(leader: int) -> None:
    try:
        os.kill(leader, signal.SIGINT)
        if not _ended(leader, seconds=LAST):
            os.kill(leader, signal.SIGKILL)
    except ProcessLookupError:
        return
    pulumi_lock.end_session(leader)
