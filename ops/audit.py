"""The audit log of all stacks: one JSON line for each command that changes one."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ops.engine.environment import WORK
from ops.lock import current_process
from stacks.errors import UpshiftError
from stacks.redaction import redacted

RECORD = WORK / "audit.jsonl"


def record(stack: str, *, verb: str, result: str, seconds: float, release: str = "") -> None:
    """Append a line: time, user, stack, verb, result, seconds, and the release's id.

    Only its owner may read the file; passwords in URLs are redacted.
    """
    process = current_process()
    line = {
        "time": process["since"],
        "who": process["who"],
        "stack": stack,
        "verb": verb,
        "result": redacted(result),
        "seconds": round(seconds, 1),
        "release": release,
    }
    RECORD.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(RECORD, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "a") as file:
        os.fchmod(descriptor, 0o600)  # an older version made it world-readable
        file.write(json.dumps(line) + "\n")


@contextmanager
def recorded(stack: str, *, verb: str, release: str = "") -> Iterator[None]:
    """Record the block: its duration, and how it ended."""
    started = time.monotonic()
    result = "failed"
    try:
        yield
        result = "done"
    except KeyboardInterrupt:
        result = "interrupted"
        raise
    except UpshiftError as error:
        result = f"failed: {error.message.splitlines()[0]}"
        raise
    finally:
        seconds = time.monotonic() - started
        record(stack, verb=verb, result=result, seconds=seconds, release=release)
