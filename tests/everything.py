"""`make test`: installs what is missing, then every part in order, and says what each took."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PYTEST = [sys.executable, "-m", "pytest", "-q", "-rs"]
COVER = ["--cov", "--cov-branch", "--cov-append", "--cov-report="]


@dataclass(frozen=True)
class Part:
    """One part of the whole: its name and its command."""

    name: str
    command: list[str]


PARTS = (
    Part("style", [sys.executable, "-m", "tests.style"]),
    Part("setup", [sys.executable, "-m", "ops.cli", "setup", "--yes", "--compose"]),
    Part("unit", [*PYTEST, *COVER, "tests/unit"]),
    Part("pulumi program", [*PYTEST, *COVER, "tests/infra"]),
    Part("playbooks", [*PYTEST, *COVER, "tests/playbooks"]),
    Part("service in its image", [sys.executable, "-m", "tests.service"]),
    Part("journeys", [*PYTEST, *COVER, "tests/journey"]),
    Part("coverage", [sys.executable, "-m", "coverage", "report", "--skip-covered"]),
)


def main(wanted: list[str]) -> int:
    """Run each part (or those named); the exit code is 1 when one failed."""
    (PROJECT / ".coverage").unlink(missing_ok=True)
    environment = {**os.environ, "COLUMNS": "100"}
    results: list[tuple[str, int, float]] = []
    for part in PARTS:
        if wanted and part.name not in wanted:
            continue
        print(f"\n==> {part.name}", flush=True)
        started = time.monotonic()
        code = subprocess.run(part.command, cwd=PROJECT, env=environment).returncode
        results.append((part.name, code, time.monotonic() - started))
        if code != 0 and part.name == "setup":
            break
    print("\npart                      result   seconds")
    for name, code, seconds in results:
        print(f"{name:<25} {'ok' if code == 0 else 'FAILED':<8} {seconds:7.1f}")
    failed = sum(code != 0 for _, code, _ in results)
    print(f"\n{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
