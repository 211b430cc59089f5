"""Pulumi's own lock: wait for a run that is working, detect the lock of one that was killed."""

import datetime as dt
import json
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stacks.errors import LockedError

WAIT_SECONDS = 120.0  # an interrupted run ends within the start of a container
PROCESSES = Path("/proc")


@dataclass(frozen=True)
class Holder:
    """Who holds a lock, from Pulumi's lock file; `since` is in UTC, to the second."""

    pid: int
    who: str
    host: str
    since: str

    def __str__(self) -> str:
        return f"{self.who}@{self.host} runs Pulumi (process {self.pid}) since {self.since}"


def wait_until_free(stack: str, *, folder: Path, say: Callable[[str], None]) -> bool:
    """Wait until no run works on the stack; returns whether a killed run has left a lock.

    `folder` is the backend's. (`pulumi cancel` by itself would also remove the lock of a run that
    is still working.) Raises LockedError, naming the holder, after WAIT_SECONDS.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    was_reported = False
    while held := holders(stack, folder=folder):
        working = [holder for holder in held if is_working(holder)]
        if not working:
            for holder in held:
                end_session(holder.pid)
            return True
        elsewhere = working[0].host != socket.gethostname()
        if elsewhere or time.monotonic() > deadline:
            raise LockedError(
                f"the stack '{stack}' is locked: {working[0]}",
                where=str(folder),
                hint=f"wait until it ends; if it was killed: pulumi cancel --stack {stack}",
            )
        if not was_reported:
            say(f"    waiting: {working[0]}; Ctrl-C stops waiting")
            was_reported = True
        time.sleep(0.5)
    return False


def holders(stack: str, *, folder: Path) -> list[Holder]:
    """Every lock on the stack; a file that disappears meanwhile is ignored."""
    found = []
    for path in sorted((folder / ".pulumi" / "locks").glob(f"*/*/{stack}/*.json")):
        try:
            held = json.loads(path.read_text())
            since = dt.datetime.fromisoformat(held["timestamp"][:19]).isoformat() + "Z"
            found.append(Holder(int(held["pid"]), held["username"], held["hostname"], since))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError):
            found.append(Holder(0, "an unknown user", "?", "?"))
    return found


def is_working(holder: Holder) -> bool:
    """Whether the run is still working; assumed for a run on another machine."""
    if holder.host != socket.gethostname():
        return True
    if PROCESSES.joinpath("self").exists():
        process = process_of(holder.pid)
        # The process id may have been reused.
        return process is not None and process.name.startswith("pulumi")
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def end_session(leader: int) -> None:
    """Kill the rest of a session: the plugins of a killed Pulumi, which wait for it forever.

    `ops` starts Pulumi as the leader of a session, and nothing else is in that session.
    """
    if process_of(leader):  # its process id was reused
        return
    for path in PROCESSES.glob("[0-9]*"):
        process = process_of(int(path.name))
        if process and process.session == leader:
            try:
                os.kill(int(path.name), signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue


@dataclass(frozen=True)
class Process:
    """A running process: its program's name, and the leader of its session."""

    name: str
    session: int


def process_of(pid: int) -> Process | None:
    """The running process with this id; None for a zombie."""
    try:
        before, _, after = PROCESSES.joinpath(str(pid), "stat").read_text().rpartition(")")
    except OSError:
        return None
    state, _parent, _group, session, *_ = after.split()
    return None if state in "ZX" else Process(before.partition("(")[2], int(session))
