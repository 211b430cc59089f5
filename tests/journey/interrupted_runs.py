"""An `up` in the middle of its work: where it is, what holds its lock, and what it leaves."""

import json
import subprocess
from typing import Any

import pytest

from stacks.versions import BASE_IMAGE
from tests.journey.conftest import Journey, docker

PARTS = 9  # seven components, the release job and the carrier of the files
NETWORKS = 3


def up_until(journey: Journey, *words: str) -> subprocess.Popen[str]:
    """Start `ops up`, and return when a line of its output has all these words."""
    started = journey.start("up")
    assert started.stdout
    heard = []
    for line in started.stdout:
        heard.append(line)
        if all(word in line for word in words):
            return started
    pytest.fail(f"{words} was never said:\n{''.join(heard)}")


def locks(journey: Journey) -> list[str]:
    """Pulumi's locks on the stack."""
    folder = journey.backend / ".pulumi" / "locks"
    return [path.read_text() for path in folder.rglob("*.json")]


def pulumi_of(journey: Journey) -> int:
    """The process that Pulumi's lock names."""
    (held,) = locks(journey)
    return int(json.loads(held)["pid"])


def session(leader: int) -> set[str]:
    """The running processes of a session, without zombies."""
    shown = subprocess.run(
        ["ps", "-o", "stat=,args=", "--sid", str(leader)], capture_output=True, text=True
    ).stdout
    return {line for line in shown.splitlines() if not line.startswith("Z")}


def pending(journey: Journey) -> list[Any]:
    """The pending operations in the state."""
    (path,) = journey.backend.glob(f".pulumi/stacks/*/{journey.stack}.json")
    latest = json.loads(path.read_text())["checkpoint"]["latest"]
    found: list[Any] = latest.get("pending_operations", [])
    return found


def leave_unrecorded_objects(journey: Journey) -> None:
    """A network and a container, as an `up` leaves them that was killed before it recorded them."""
    labels = ["--label", "upshift.name=upshift", "--label", f"upshift.stack={journey.stack}"]
    labels += ["--label", f"upshift.test={journey.stack}"]
    docker("network", "create", *labels, f"upshift-{journey.stack}-front")
    docker("create", *labels, "--name", journey.container("files"), BASE_IMAGE)


def assert_a_rerun_ends_green(journey: Journey) -> None:
    """The next `up` recovers by itself, and leaves no stray object, lock or pending operation."""
    again = journey.ops("up")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "smoke checks passed" in again.stdout
    mine = ["--filter", f"label=upshift.test={journey.stack}"]
    assert len(docker("ps", "-aq", *mine).split()) == PARTS
    assert len(docker("network", "ls", "-q", *mine).split()) == NETWORKS
    assert locks(journey) == []
    assert pending(journey) == []
