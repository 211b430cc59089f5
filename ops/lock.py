"""The lock of a stack: one run at a time. The system releases it when its holder is killed."""

import datetime as dt
import getpass
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from ops.engine.environment import WORK
from stacks.errors import LockedError


@contextmanager
def locked(stack: str, *, verb: str) -> Iterator[None]:
    """Hold the stack's lock. Raises LockedError, naming the holder and the time."""
    folder = WORK / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    holder = folder / f"{stack}.json"
    lock = FileLock(folder / f"{stack}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        text = holder.read_text() if holder.exists() else ""
        raise LockedError(
            f"the stack '{stack}' is locked: {_describe(text)}",
            where=str(folder),
            hint="wait until it ends; the lock of a killed run is released by itself",
        ) from None
    try:
        holder.write_text(json.dumps({"verb": verb, **current_process()}))
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def current_process() -> dict[str, str]:
    """Who runs this: user@host, the process id, and the time (UTC)."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    who = f"{getpass.getuser()}@{socket.gethostname()}"
    return {"who": who, "process": str(os.getpid()), "since": now}


def _describe(text: str) -> str:
    try:
        held = json.loads(text)
        return (
            f"{held['who']} runs '{held['verb']}' (process {held['process']}) since {held['since']}"
        )
    except (ValueError, KeyError):
        return "another run has just started"
