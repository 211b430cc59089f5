"""Pulumi's own log files: one for each run, with all the stack's values in it, encrypted."""

from pathlib import Path

from ops.engine.environment import PULUMI_HOME, variables
from ops.run import run
from stacks.topology import PROJECT

PULUMI_PROJECT = "upshift"  # Pulumi.yaml's name


def remove(stack: str) -> list[Path]:
    """Remove a stack's log files from this checkout's own folder; returns those left elsewhere.

    Elsewhere they may belong to another checkout's stack of the same name.
    """
    env = variables()
    if env.get("PULUMI_HOME") == str(PULUMI_HOME):
        full_name = f"organization/{PULUMI_PROJECT}/{stack}"
        run(["pulumi", "logs", "remove", "--yes", "--stack", full_name], env=env, cwd=PROJECT)
    homes = {Path(env.get("PULUMI_HOME", "")), Path.home() / ".pulumi"} - {PULUMI_HOME}
    # With the time after the name: else the files of `dev-2` would match `dev`.
    name = f"organization+{PULUMI_PROJECT}+{stack}-{'[0-9]' * 8}T*.log"
    return sorted(path for home in homes for path in (home / "logs").glob(name))
