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

OUTPUT_LINES = 60  # of pytest's output, in the error
TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class Result:
    """Counts, the names of the failed checks, the duration, and pytest's whole output."""

    passed: int
    skipped: int
    failures: tuple[str, ...]
    seconds: float
    text: str

    @property
    def is_green(self) -> bool:
        """Whether something passed, and nothing failed."""
        return self.passed > 0 and not self.failures


def check(stack: str) -> Result:
    """Run the smoke checks. Raises CheckError when they could not be run at all."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "tests/host", "--stack", stack, "-q"]
        command += ["-p", "no:cacheprovider", "--tb=short", f"--junitxml={report}"]
        done = run(command, env=variables(), cwd=PROJECT, check=False, timeout=TIMEOUT_SECONDS)
        if not report.exists():
            raise CheckError(f"the smoke checks did not run:\n{done.stdout}{done.stderr}")
        return _read(report, text=done.stdout)


def require(stack: str) -> Result:
    """The smoke checks, all passed. Raises CheckError with the output of each that failed."""
    result = check(stack)
    if not result.is_green:
        failed = "\n".join(f"  {name}" for name in result.failures)
        tail = "\n".join(result.text.splitlines()[-OUTPUT_LINES:])
        raise CheckError(
            f"{len(result.failures)} smoke checks failed, {result.passed} passed:"
            f"\n{failed}\n{tail}",
            where=f"stack {stack}",
            hint=f"ops status {stack}; ops logs {stack} COMPONENT",
        )
    return result


def _read(report: Path, *, text: str) -> Result:
    # Our own process wrote the report: its XML can be trusted.
    suite = ElementTree.parse(report).getroot().find("testsuite")
    if suite is None:
        raise CheckError(f"the smoke checks wrote no report:\n{text}")
    count = {name: int(suite.get(name, 0)) for name in ("tests", "errors", "failures", "skipped")}
    failures = tuple(
        f"{case.get('name')}"
        for case in suite.iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    )
    passed = count["tests"] - count["errors"] - count["failures"] - count["skipped"]
    return Result(passed, count["skipped"], failures, float(suite.get("time", 0)), text)
