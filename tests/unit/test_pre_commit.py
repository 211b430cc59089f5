"""The commit hooks run what `make check` runs, and one of them for real."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from stacks.topology import PROJECT
from tests.style import CHECKS

BIN = Path(sys.executable).parent


def test_the_hooks_are_the_checks() -> None:
    (local,) = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text())["repos"]
    hooks = {hook["name"]: hook["entry"] for hook in local["hooks"]}
    assert hooks.keys() == CHECKS.keys()
    for name, entry in hooks.items():
        assert entry.split() == CHECKS[name][: len(entry.split())], name


@pytest.mark.skipif(not (PROJECT / ".git").exists(), reason="no git checkout")
def test_a_hook_runs_on_every_file(tmp_path: Path) -> None:
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path)}
    environment["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(BIN / "pre-commit"), "run", "flake8", "--all-files", "--color", "never"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "Passed" in done.stdout, done.stdout + done.stderr
