"""`make test`: installs what is missing, then every part in order, and says what each took."""

import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
COVERAGE = [sys.executable, "-m", "coverage"]
# Every process that a test starts is counted too (see pyproject.toml), each in its own file.
PYTEST = [*COVERAGE, "run", "-m", "pytest", "-q", "-rs"]
COUNT = f"{shlex.join(COVERAGE)} combine -q && {shlex.join(COVERAGE)} report --skip-covered"


@dataclass(frozen=True)
class Part:
    """One part of the whole: its name and its command."""

    name: str
    command: list[str]


PARTS = (
    Part("style", [sys.executable, "-m", "tests.style"]),
    Part("setup", [sys.executable, "-m", "ops.cli", "setup", "--yes", "--compose"]),
    Part("unit", [*PYTEST, "tests/unit"]),
    Part("pulumi program", [*PYTEST, "tests/infra"]),
    Part("playbooks", [*PYTEST, "tests/playbooks"]),
    Part("service in its image", [sys.executable, "-m", "tests.service"]),
    Part("journeys", [*PYTEST, "tests/journey"]),
    Part("coverage", ["sh", "-c", COUNT]),
)


def main(wanted: list[str]) -> int:
    """Run each part (or those named); the exit code is 1 when one failed."""
    for counted in (path for path in PROJECT.glob(".coverage*") if path.is_file()):
        counted.unlink()
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
