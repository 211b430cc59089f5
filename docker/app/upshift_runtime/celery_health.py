"""Health of any project's worker and beat: `python -m upshift_runtime.celery_health worker|beat`.

Each writes down until when it must have shown a sign of life again. For the worker that means that
its loop runs and sends over its connection to the broker, for beat that it looks at its schedule.
Docker asks every few seconds, so nothing large is imported here.
"""

import sys
import time
from pathlib import Path

WORKER = Path("/tmp/upshift-worker.alive")
BEAT = Path("/tmp/upshift-beat.alive")


def alive(file: Path, *, seconds: float) -> None:
    """Say that the process works, and how long that holds."""
    fresh = file.with_suffix(".new")
    fresh.write_text(f"{time.time() + seconds:.0f}")
    fresh.replace(file)


def problem_with(file: Path) -> str | None:
    """Why the process counts as dead; None when it lives."""
    try:
        late = time.time() - float(file.read_text())
    except (OSError, ValueError):
        return "no sign of life yet"
    return f"the sign of life is {late:.0f} s late" if late > 0 else None


def main(arguments: list[str]) -> int:
    """Exit status 0 when it lives, 1 when not, 2 when asked wrongly."""
    files = {"worker": WORKER, "beat": BEAT}
    if len(arguments) != 1 or arguments[0] not in files:
        sys.stderr.write("usage: python -m upshift_runtime.celery_health worker|beat\n")
        return 2
    problem = problem_with(files[arguments[0]])
    if problem:
        sys.stderr.write(f"{arguments[0]}: {problem}\n")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
