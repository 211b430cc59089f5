"""`make check`: every style and security check, side by side, each named and timed."""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHECKS = {
    "black": ["black", "--check", "--quiet", "."],
    "flake8": ["flake8"],
    "mypy": ["mypy"],
    "import-linter": ["lint-imports"],
}


def audit() -> tuple[str, bool, str]:
    """Known vulnerabilities of what is locked; says plainly where no service can be asked.

    pip-audit's own exit code is green when it could look nothing up: its report is read instead.
    Where every single package is unknown there is no service; where some are, that is a failure.
    """
    command = ["pip-audit", "--disable-pip", "--require-hashes", "--timeout", "10", "-f", "json"]
    done = _run([*command, "-r", "requirements.lock", "-r", "app/requirements.lock"])
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return (
            "pip-audit",
            True,
            f"NOT CHECKED: no vulnerability service answers\n{done.stderr[-300:]}",
        )
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    found = [package for package in packages if package.get("vulns")]
    if packages and len(skipped) == len(packages):
        return "pip-audit", True, "NOT CHECKED: no vulnerability service can be reached from here"
    lines = [f"{one['name']} {one['version']}: {one['vulns'][0]['id']}" for one in found]
    lines += [f"{name}: could not be looked up" for name in skipped]
    return "pip-audit", bool(packages) and not lines, "\n".join(lines)


def check(name: str) -> tuple[str, bool, str]:
    """One check: its name, whether it passed, and what it wrote."""
    done = _run(CHECKS[name])
    return name, done.returncode == 0, (done.stdout + done.stderr).strip()


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=PROJECT, capture_output=True, text=True
    )


def main() -> int:
    """Run all; the exit code is 1 when one failed."""
    started = time.monotonic()
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(check, name) for name in CHECKS] + [pool.submit(audit)]
        results = [task.result() for task in running]
    for name, passed, text in results:
        print(f"{'ok    ' if passed else 'FAILED'} {name}")
        if not passed or text.startswith("NOT CHECKED"):
            print(text)
    print(f"checked in {time.monotonic() - started:.0f} s")
    return 0 if all(passed for _, passed, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
