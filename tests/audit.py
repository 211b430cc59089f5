"""Known vulnerabilities of what is locked, by pip-audit, with `--strict` where a service answers.

Without `--strict` pip-audit is green when it could look nothing up. So a strict run alone passes;
one that failed is looked into: where no service knows a single package there is none to be asked,
which is said plainly; all else is a failure.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

NAME = "pip-audit"
PROJECT = Path(__file__).resolve().parent.parent
LOCKS = (PROJECT / "requirements.lock", PROJECT / "app" / "requirements.lock")
# Python's own index, then the Open Source Vulnerabilities database.
SERVICES = (("-s", "pypi"), ("-s", "osv"))
UNREACHED = ("ConnectionError", "Could not connect", "ConnectTimeout", "ReadTimeout")


def audit(
    services: Sequence[Sequence[str]] = SERVICES, *, locks: Sequence[Path] = LOCKS
) -> tuple[str, bool, str]:
    """The check's name, whether it passed, and what there is to say.

    Each lock by itself: pip-audit refuses two that name a package twice.
    """
    told = [_asked(lock, services=services) for lock in locks]
    lines = [
        f"{lock.parent.name}/{lock.name}: {text}"
        for lock, (_, text) in zip(locks, told, strict=True)
    ]
    return NAME, all(passed for passed, _ in told), "\n".join(lines)


def _asked(lock: Path, *, services: Sequence[Sequence[str]]) -> tuple[bool, str]:
    reasons = []
    for service in services:
        strict = _run("--strict", *service, lock=lock)
        if strict.returncode == 0:
            return True, f"{service[1]}, asked strictly, knows nothing against it"
        if reason := _unreached(strict, service=service, lock=lock):
            reasons.append(f"{service[1]}: {reason}")
            continue
        return False, f"{_found(strict.stdout)}{strict.stderr[-2000:]}".strip()
    return True, f"NOT CHECKED: no vulnerability service can be reached ({'; '.join(reasons)})"


def _unreached(
    strict: subprocess.CompletedProcess[str], *, service: Sequence[str], lock: Path
) -> str:
    """Why there is no such service here; empty when there is one."""
    if any(word in strict.stderr for word in UNREACHED):
        return strict.stderr.strip().splitlines()[-1][:200]
    if "could not be audited" not in strict.stderr:
        return ""
    report = _run(*service, lock=lock).stdout
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        return ""
    unknown = [package for package in packages if "skip_reason" in package]
    return "it knows no package at all" if packages and len(unknown) == len(packages) else ""


def _found(report: str) -> str:
    """A line for each package with something known against it."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        return ""
    lines = [
        f"{package['name']} {package['version']}: {flaw['id']}\n"
        for package in packages
        for flaw in package.get("vulns", [])
    ]
    return "".join(lines)


def _run(*options: str, lock: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / NAME), "--disable-pip", "--require-hashes"]
    return subprocess.run(
        [*command, "--timeout", "10", "-f", "json", *options, "-r", str(lock)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
