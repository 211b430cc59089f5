"""Helpers of the tests that lose or rename a stack's data: run `up`, refuse, restore, remove."""

import json
import os
import subprocess
import sys

from stacks.topology import PROJECT
from tests.journey.conftest import Journey, docker


def good(journey: Journey, *words: str) -> str:
    """`ops up`, green; returns what it said."""
    up = journey.ops("up", *words)
    assert up.returncode == 0, up.stdout + up.stderr
    return up.stdout


def pulumi_refused(journey: Journey, said: str, *, verb: str = "up", **more: str) -> None:
    """Plain Pulumi is refused by the program, with the same words, and changes nothing."""
    script = f'eval "$({sys.executable} -m ops.cli env)" && {more.pop("then", "")} pulumi "$@"'
    words = [verb, *(["--yes", "--skip-preview"] if verb == "up" else []), "--non-interactive"]
    done = subprocess.run(
        ["sh", "-c", script, "sh", *words, "--stack", journey.stack],
        cwd=PROJECT,
        env={**os.environ, **journey.environment, **more},
        capture_output=True,
        text=True,
    )
    told = done.stdout + done.stderr
    assert done.returncode != 0 and said in " ".join(told.split()), told


def run_hint(text: str, *, replace: tuple[str, str] = ("", "")) -> None:
    """Run the commands that an error's hint gives: its lines that begin with `docker`."""
    commands = [line.strip() for line in text.splitlines() if line.strip().startswith("docker ")]
    assert commands, text
    for command in commands:
        done = subprocess.run(
            ["sh", "-ec", command.replace(*replace)], capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def authority(journey: Journey) -> str:
    """The id of the stack's own authority in Pulumi's state."""
    resources = json.loads(journey.pulumi("stack", "export"))["deployment"]["resources"]
    (found,) = [each["id"] for each in resources if each["urn"].endswith("::authority")]
    return str(found)


def lose(journey: Journey, component: str) -> None:
    """Remove PostgreSQL's container and a volume by hand."""
    docker("rm", "-f", journey.container("postgres"))
    docker("volume", "rm", f"upshift-{journey.stack}-{component}")
