"""Health of worker and beat: `python -m core.celery.health worker|beat`.

Both touch a file while they work (`core.celery.liveness`, `core.celery.beat`), and the check reads
the file's age. It runs every few seconds, so it imports nothing large.
"""

import sys
import time
from pathlib import Path

MAX_AGE_SECONDS = 30.0
WORKER = Path("/tmp/celery-worker.alive")
BEAT = Path("/tmp/celery-beat.alive")


def record_liveness(file: Path) -> None:
    """Record that the process works."""
    file.touch()


def problem_with(file: Path) -> str | None:
    """Return why the process counts as dead, or None."""
    try:
        age = time.time() - file.stat().st_mtime
    except OSError:
        return "no sign of life yet"
    return f"last sign of life {age:.0f} s ago" if age > MAX_AGE_SECONDS else None


def main(arguments: list[str]) -> int:
    """Return the exit status: 0 alive, 1 dead, 2 wrong usage."""
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
