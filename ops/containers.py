"""What Docker says of a stack's containers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.run import run
from stacks.errors import CommandError
from stacks.topology import COMPONENTS, Topology

PATIENCE = 5.0  # seconds for one question about health


@dataclass(frozen=True)
class Seen:
    """One component as it is now. `memory` as Docker prints it; `version` is the image's tag."""

    component: str
    state: str
    health: str
    version: str
    since: str
    memory: str


def look(topology: Topology, *, memory: Mapping[str, str] | None = None) -> list[Seen]:
    """Every component of the stack, the missing ones too; `memory` when it was measured already."""
    names = {topology.container(component): component for component in COMPONENTS}
    shown = run(["docker", "container", "inspect", *names], check=False).stdout
    found = {item["Name"].lstrip("/"): item for item in json.loads(shown or "[]")}
    used = memory_of(sorted(found)) if memory is None else memory
    return [
        _seen(component, found.get(name), memory=used.get(name, "-"))
        for name, component in names.items()
    ]


def _seen(component: str, item: dict[str, Any] | None, *, memory: str) -> Seen:
    if item is None:
        return Seen(component, "missing", "-", "-", "-", "-")
    state = item["State"]
    labels = item["Config"]["Labels"]
    version = f"{labels.get('org.opencontainers.image.version', '?')}"
    version += f" ({labels.get('upshift.release', '?')})"
    return Seen(
        component, state["Status"], health_of(item), version, state["StartedAt"][:19], memory
    )


def health_of(item: Mapping[str, Any]) -> str:
    """What Docker says of its health; `-` where nothing asks for it.

    Docker asks first after a whole interval: until then the same question is asked here.
    """
    told = str(item["State"].get("Health", {}).get("Status", "-"))
    if told != "starting" or item["State"]["Status"] != "running":
        return told
    question = item["Config"]["Healthcheck"]["Test"][1:]
    try:
        asked = run(["docker", "exec", item["Id"], *question], check=False, timeout=PATIENCE)
    except CommandError:  # it does not answer
        return told
    return "healthy" if asked.code == 0 else told


def memory_of(names: list[str]) -> dict[str, str]:
    """Memory of each container by its name, as Docker prints it; measuring takes two seconds."""
    if not names:
        return {}
    shape = "{{.Name}}\t{{.MemUsage}}"
    done = run(["docker", "stats", "--no-stream", "--format", shape, *names], check=False)
    return dict(line.split("\t", 1) for line in done.stdout.splitlines() if "\t" in line)


def last_words(topology: Topology, *, lines: int = 15) -> str:
    """What the containers wrote last that are not well; a failed step's evidence."""
    told = []
    for component in (*COMPONENTS, "release"):
        name = topology.container(component)
        shown = run(["docker", "container", "inspect", name], check=False)
        if shown.code != 0 or _well(json.loads(shown.stdout)[0], component=component):
            continue
        done = run(["docker", "logs", "--tail", str(lines), name], check=False)
        told.append(f"--- the last lines of {name}\n{(done.stdout + done.stderr).strip()}")
    return "\n".join(told)


def _well(item: dict[str, Any], *, component: str) -> bool:
    if component == "release":
        return bool(item["State"]["ExitCode"] == 0)
    return bool(item["State"]["Running"]) and health_of(item) == "healthy"
