"""Smoke checks: `ops check dev` and `pytest tests/host --stack dev` are the same."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from ops.engine.environment import variables
from ops.run import run
from stacks.errors import CheckError
from stacks.topology import PROJECT

CLOSING = 60


@dataclass(frozen=True)
class Checked:
    """How many checks passed and were left out, and the whole of what pytest said."""

    passed: int
    skipped: int
    failures: tuple[str, ...]
    seconds: float
    text: str


def check(stack: str) -> Checked:
    """Run the smoke checks. Raises CheckError when they could not be run at all."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "tests/host", "--stack", stack, "-q"]
        command += ["-p", "no:cacheprovider", "--tb=short", f"--junitxml={report}"]
        done = run(command, env=variables(), cwd=PROJECT, check=False, timeout=300)
        if not report.exists():
            raise CheckError(f"the smoke checks did not run:\n{done.stdout}{done.stderr}")
        return _read(report, text=done.stdout)


def demand(stack: str) -> Checked:
    """The smoke checks, all green. Raises CheckError with what each failed one said."""
    checked = check(stack)
    if checked.failures or not checked.passed:
        failed = "\n".join(f"  {name}" for name in checked.failures)
        tail = "\n".join(checked.text.splitlines()[-CLOSING:])
        raise CheckError(
            f"{len(checked.failures)} smoke checks failed, {checked.passed} passed:"
            f"\n{failed}\n{tail}",
            where=f"stack {stack}",
            hint=f"ops status {stack}; ops logs -s {stack}",
        )
    return checked


def _read(report: Path, *, text: str) -> Checked:
    # The report is our own process's: no hostile XML to fear.
    suite = ElementTree.parse(report).getroot().find("testsuite")
    if suite is None:
        raise CheckError(f"the smoke checks wrote no report:\n{text}")
    number = {name: int(suite.get(name, 0)) for name in ("tests", "errors", "failures", "skipped")}
    bad = number["errors"] + number["failures"]
    failures = tuple(
        f"{case.get('name')}"
        for case in suite.iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    )
    passed = number["tests"] - bad - number["skipped"]
    return Checked(passed, number["skipped"], failures, float(suite.get("time", 0)), text)
