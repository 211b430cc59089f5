"""One at a time on a stack: a lock that the system frees when its holder is killed."""

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
    """Hold the stack. Raises LockedError, saying who holds it since when."""
    folder = WORK / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    said = folder / f"{stack}.json"
    lock = FileLock(folder / f"{stack}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(
            f"the stack '{stack}' is locked: {_holder(said.read_text() if said.exists() else '')}",
            where=str(folder),
            hint="wait until it ends; the lock of a killed run frees itself",
        ) from None
    try:
        said.write_text(json.dumps({"verb": verb, **whoami()}))
        yield
    finally:
        said.unlink(missing_ok=True)
        lock.release()


def whoami() -> dict[str, str]:
    """Who works here: user@host, the process, and the time (UTC)."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    who = f"{getpass.getuser()}@{socket.gethostname()}"
    return {"who": who, "process": str(os.getpid()), "since": now}


def _holder(text: str) -> str:
    try:
        held = json.loads(text)
        return (
            f"{held['who']} runs '{held['verb']}' (process {held['process']}) since {held['since']}"
        )
    except (ValueError, KeyError):
        return "somebody has just taken it"
