"""Pulumi's own lock: a run that works is waited for, what a killed one left is cleared."""

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

PATIENCE = 120.0  # seconds; a run that was interrupted ends within a container's start
PROCESSES = Path("/proc")


@dataclass(frozen=True)
class Holder:
    """Who holds a stack, as Pulumi wrote it down; `since` in UTC, to the second."""

    pid: int
    who: str
    host: str
    since: str

    def __str__(self) -> str:
        return f"{self.who}@{self.host} runs Pulumi (process {self.pid}) since {self.since}"


def clear(stack: str, *, folder: Path, say: Callable[[str], None]) -> bool:
    """Wait until nobody works on the stack; returns whether a lock is left for Pulumi to remove.

    `folder` is that of the backend. `pulumi cancel` itself asks nothing: it would free the lock of
    a run that still works. Raises LockedError, saying who holds it since when, after PATIENCE.
    """
    deadline = time.monotonic() + PATIENCE
    told = False
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
                hint=f"wait until it ends; when it has been killed: pulumi cancel --stack {stack}",
            )
        if not told:
            say(f"    waiting: {working[0]}; Ctrl-C ends the waiting")
            told = True
        time.sleep(0.5)
    return False


def holders(stack: str, *, folder: Path) -> list[Holder]:
    """Every lock on the stack; one that vanishes while we look is none."""
    found = []
    for path in sorted((folder / ".pulumi" / "locks").glob(f"*/*/{stack}/*.json")):
        try:
            told = json.loads(path.read_text())
            since = dt.datetime.fromisoformat(told["timestamp"][:19]).isoformat() + "Z"
            found.append(Holder(int(told["pid"]), told["username"], told["hostname"], since))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError):
            found.append(Holder(0, "somebody", "?", "?"))
    return found


def is_working(holder: Holder) -> bool:
    """Whether the run still works; of another machine it is not known, and believed."""
    if holder.host != socket.gethostname():
        return True
    if PROCESSES.joinpath("self").exists():
        seen = look(holder.pid)
        # The number may be another's now.
        return seen is not None and seen.name.startswith("pulumi")
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def end_session(leader: int) -> None:
    """End what is left of a session: a killed Pulumi's plugins, which wait for it forever.

    `ops` starts Pulumi as the leader of a session, and nothing else is in that session.
    """
    if look(leader):  # another program has its number now
        return
    for path in PROCESSES.glob("[0-9]*"):
        seen = look(int(path.name))
        if seen and seen.session == leader:
            try:
                os.kill(int(path.name), signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue


@dataclass(frozen=True)
class Process:
    """A process that lives: its program's name, and the leader of its session."""

    name: str
    session: int


def look(pid: int) -> Process | None:
    """A process that lives; one that has ended and was not yet buried does not."""
    try:
        before, _, after = PROCESSES.joinpath(str(pid), "stat").read_text().rpartition(")")
    except OSError:
        return None
    state, _parent, _group, session, *_ = after.split()
    return None if state in "ZX" else Process(before.partition("(")[2], int(session))
