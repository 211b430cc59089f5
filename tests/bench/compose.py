"""Docker Compose with the same containers, beside Pulumi's in the same run."""

import json
from pathlib import Path
from typing import Any

import yaml

from ops.run import run
from ops.setup import compose as plugin
from ops.setup.networks import Networks
from stacks.loading import load_topology
from stacks.release import image_tags
from stacks.topology import PROJECT, Topology
from stacks.versions import BASE_IMAGE
from tests.bench.compose_file import compose_file, copied
from tests.journey.conftest import Journey

FOLDER = PROJECT / ".upshift" / "bench"
WAIT = 180  # seconds


class Compose:
    """Compose's verbs for one file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def up(self) -> None:
        """Start all, and wait until all is healthy."""
        self._run("up", "--detach", "--wait", "--wait-timeout", str(WAIT))

    def down(self) -> None:
        """Take all away, with the data."""
        self._run("down", "--volumes", "--timeout", "30")

    def _run(self, *words: str) -> None:
        run(["docker", "compose", "--file", str(self.file), *words], timeout=WAIT + 60)


def compose_for(journey: Journey) -> Compose:
    """Write the file for a stack that is up, and copy the files that its containers read."""
    plugin.ensure(Networks.from_environment())
    topology = load_topology(journey.stack)
    mine = f"label=upshift.test={journey.stack}"
    containers = {
        seen["Config"]["Labels"]["upshift.component"]: seen
        for seen in _inspect("container", ["ps", "-aq", "--filter", mine])
    }
    written = compose_file(
        containers,
        networks=_inspect("network", ["network", "ls", "-q", "--filter", mine]),
        prefix=topology.prefix,
        label=journey.stack,
        images=_names_of(topology),
    )
    _copy_files(written, topology=topology, label=journey.stack)
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / "compose.yaml"
    file.write_text(yaml.safe_dump(written, sort_keys=False))
    return Compose(file)


def _inspect(kind: str, listing: list[str]) -> list[dict[str, Any]]:
    ids = run(["docker", *listing]).stdout.split()
    found: list[dict[str, Any]] = json.loads(run(["docker", kind, "inspect", *ids]).stdout)
    return found


def _names_of(topology: Topology) -> dict[str, str]:
    """Each image's tag by its id: Compose wants a name."""
    tags = [*image_tags(topology).values(), BASE_IMAGE]
    seen = json.loads(run(["docker", "image", "inspect", *tags]).stdout)
    return {image["Id"]: tag for image, tag in zip(seen, tags, strict=True)}


def _copy_files(written: dict[str, Any], *, topology: Topology, label: str) -> None:
    """One container copies all, owners and modes too; the copies carry the test's label."""
    names = [name for name in written["volumes"] if name.startswith("files-")]
    command = ["docker", "run", "--rm", "--network", "none", "--label", f"upshift.test={label}"]
    for name in names:
        copy = copied(name, label=label)
        run(["docker", "volume", "create", "--label", f"upshift.test={label}", copy])
        command += ["-v", f"{topology.prefix}-{name}:/from/{name}:ro", "-v", f"{copy}:/to/{name}"]
    run([*command, BASE_IMAGE, "sh", "-c", "cp -a /from/. /to/"], timeout=60)
