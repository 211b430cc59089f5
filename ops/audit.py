"""The record of what was done to the stacks: one JSON line for each act."""

import json

from ops.environment import WORK
from ops.lock import whoami

RECORD = WORK / "audit.jsonl"


def record(stack: str, *, verb: str, result: str, seconds: float, release: str = "") -> None:
    """Add a line: when, who, which stack, what, how it ended, seconds, and the release's id."""
    seen = whoami()
    line = {
        "time": seen["since"],
        "who": seen["who"],
        "stack": stack,
        "verb": verb,
        "result": result,
        "seconds": round(seconds, 1),
        "release": release,
    }
    RECORD.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with RECORD.open("a") as file:
        file.write(json.dumps(line) + "\n")
