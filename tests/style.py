"""`make check`: every style and security check, side by side, each named and timed."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.audit import audit

PROJECT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHECKS = {
    "black": ["black", "--check", "--quiet", "."],
    "flake8": ["flake8"],
    "mypy": ["mypy"],
    "import-linter": ["lint-imports"],
    # The service is not on the toolkit's path.
    "import-linter, service": [
        *("env", "PYTHONPATH=app"),
        *("lint-imports", "--config", "tests/app/importlinter.ini"),
    ],
}


def check(name: str) -> tuple[str, bool, str]:
    """One check: its name, whether it passed, and what it wrote."""
    done = _run(CHECKS[name])
    return name, done.returncode == 0, (done.stdout + done.stderr).strip()


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)


def main() -> int:
    """Run all; the exit code is 1 when one failed."""
    started = time.monotonic()
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(check, name) for name in CHECKS] + [pool.submit(audit)]
        results = [task.result() for task in running]
    for name, passed, text in results:
        print(f"{'ok    ' if passed else 'FAILED'} {name}")
        if text and (not passed or name == "pip-audit"):
            print(text)
    print(f"checked in {time.monotonic() - started:.0f} s")
    return 0 if all(passed for _, passed, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
