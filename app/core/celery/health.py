"""Health of worker and beat: `python -m core.celery.health worker|beat`.

Both touch a file while they work: the worker with each heartbeat that it sends over its
connection to the queue, beat at its first tick and then after each task that the queue took.
The check reads the file's age. It runs every few seconds, so it imports nothing that is large.
"""

import sys
import time
from pathlib import Path

OLDEST = 30.0
WORKER = Path("/tmp/celery-worker.alive")
BEAT = Path("/tmp/celery-beat.alive")


def beat_now(file: Path) -> None:
    """Say that the process works."""
    file.touch()


def problem_with(file: Path) -> str | None:
    """Why the process counts as dead; None when it lives."""
    try:
        age = time.time() - file.stat().st_mtime
    except OSError:
        return "no sign of life yet"
    return f"last sign of life {age:.0f} s ago" if age > OLDEST else None


def main(arguments: list[str]) -> int:
    """Exit status 0 when it lives, 1 when not, 2 when asked wrongly."""
    files = {"worker": WORKER, "beat": BEAT}
    if len(arguments) != 1 or arguments[0] not in files:
        sys.stderr.write("usage: python -m core.celery.health worker|beat\n")
        return 2
    problem = problem_with(files[arguments[0]])
    if problem:
        sys.stderr.write(f"{arguments[0]}: {problem}\n")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
