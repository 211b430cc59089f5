"""Snapshots of a journey's environment, to assert that nothing changed."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stacks.loading import stack_file
from stacks.topology import PROJECT
from tests.journey.conftest import Journey, docker


def snapshot(journey: Journey) -> dict[str, Any]:
    """Containers (with their starts), networks, volumes, Pulumi's files, and the stack's own."""
    mine = ["--filter", f"label=upshift.test={journey.stack}"]
    containers = docker("ps", "-aq", "--no-trunc", *mine).split()
    networks = docker("network", "ls", "-q", "--no-trunc", *mine).split()
    volumes = docker("volume", "ls", "-q", *mine).split()
    started = "{{.Name}} {{.Id}} {{.State.StartedAt}} {{.State.Status}}"
    return {
        "containers": _each(["container", "inspect", "-f", started], containers),
        "networks": sorted(networks),
        "volumes": _each(["volume", "inspect", "-f", "{{.Name}} {{.CreatedAt}}"], volumes),
        "state": {
            str(path.relative_to(journey.backend)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(journey.backend.rglob("*"))
            if path.is_file()
        },
        "described": stack_file(journey.stack).read_text(),
    }


@contextmanager
def assert_unchanged(journey: Journey) -> Iterator[None]:
    """The block changes nothing."""
    before = snapshot(journey)
    yield
    assert snapshot(journey) == before


@contextmanager
def containers_unchanged(journey: Journey) -> Iterator[None]:
    """The block leaves every container as it was."""
    listing = ["ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.State}}", "--filter"]
    listing.append(f"label=upshift.test={journey.stack}")
    before = docker(*listing)
    yield
    assert docker(*listing) == before and before


def refused(journey: Journey, *said: str, code: int) -> None:
    """`ops up` fails with this code and these messages, says what to do, and changes nothing."""
    with assert_unchanged(journey):
        up = journey.ops("up")
    told = up.stdout + up.stderr
    assert up.returncode == code, told
    assert up.stderr.startswith("error: ") and "Traceback" not in told
    for words in (*said, "  where: ", "  next:  "):
        assert words in up.stderr, told


def last_record(journey: Journey) -> dict[str, Any]:
    """The last line that the audit has of this stack."""
    lines = map(json.loads, (PROJECT / ".upshift" / "audit.jsonl").read_text().splitlines())
    found: dict[str, Any] = [line for line in lines if line["stack"] == journey.stack][-1]
    return found


def _each(command: list[str], names: list[str]) -> list[str]:
    return sorted(docker(*command, *names).splitlines()) if names else []
