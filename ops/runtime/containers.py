"""What Docker says of a stack's containers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.run import run
from stacks import instances
from stacks.errors import CommandError
from stacks.health import HEALTHY, command_to_ask, reported
from stacks.instances import Found
from stacks.topology import Topology

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


def every(topology: Topology) -> list[Found]:
    """Every container of the stack, running or not; a component may have several."""
    return instances.parse_list(run(instances.list_command(topology)).stdout)


def current(topology: Topology, *, found: Sequence[Found] | None = None) -> dict[str, Found]:
    """Component -> the container that runs it now; without the components that have none."""
    found = every(topology) if found is None else found
    inside = instances.reader(found) if instances.several(found) else ""
    shown = run(instances.markers_command(inside), check=False).stdout if inside else ""
    return instances.choose(found, live=instances.parse_markers(shown))


def stopped_successors(topology: Topology) -> dict[str, str]:
    """Id -> name of each instance that does not run and is not live: a successor that failed.

    Whether one is started again or removed, the next `up` decides.
    """
    found = every(topology)
    live = {one.id for one in current(topology, found=found).values()}
    return {
        one.id: one.name for one in found if one.instance and not one.active and one.id not in live
    }


def inspect(*names: str) -> list[dict[str, Any]]:
    """What Docker knows about each of these; those that do not exist are left out."""
    if not names:
        return []
    shown = run(["docker", "container", "inspect", *names], check=False).stdout
    items: list[dict[str, Any]] = json.loads(shown or "[]")
    return items


def look(topology: Topology, *, memory: Mapping[str, str] | None = None) -> list[Seen]:
    """Every component of the stack, the missing ones too; `memory` when it was measured already."""
    now = current(topology)
    found = {item["Id"]: item for item in inspect(*(one.id for one in now.values()))}
    used = (
        memory_of([one.name for one in now.values() if one.running]) if memory is None else memory
    )
    seen = []
    for component in topology.components:
        one = now.get(component)
        item = found.get(one.id) if one else None
        seen.append(_seen(component, item, memory=used.get(one.name, "-") if one else "-"))
    return seen


def _seen(component: str, item: dict[str, Any] | None, *, memory: str) -> Seen:
    if item is None:
        return Seen(component, "missing", "-", "-", "-", "-")
    state = item["State"]
    labels = item["Config"]["Labels"]
    # The project's processes have its version in their environment, the others in their image.
    given = dict(each.split("=", 1) for each in item["Config"].get("Env") or () if "=" in each)
    version = given.get("APP_VERSION") or labels.get("org.opencontainers.image.version", "?")
    version += f" ({labels.get('upshift.release', '?')})"
    return Seen(
        component, state["Status"], health_of(item), version, state["StartedAt"][:19], memory
    )


def health_of(item: Mapping[str, Any]) -> str:
    """Its health now; `-` where nothing asks for it.

    Docker's word where it holds, else the answer to the same question asked here: the rule that
    the wait of an `up` follows too (`stacks.health`).
    """
    told = reported(item)
    question = command_to_ask(item)
    if not question:
        return told
    try:
        asked = run(["docker", "exec", item["Id"], *question], check=False, timeout=PATIENCE)
    except CommandError:  # it does not answer
        return told
    return HEALTHY if asked.code == 0 else told


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
    for item in inspect(*(one.id for one in every(topology))):
        component = item["Config"]["Labels"].get("upshift.component", "")
        if component not in (*topology.components, "release") or _well(item, component=component):
            continue
        name = item["Name"].lstrip("/")
        done = run(["docker", "logs", "--tail", str(lines), name], check=False)
        told.append(f"--- the last lines of {name}\n{(done.stdout + done.stderr).strip()}")
    return "\n".join(told)


def _well(item: dict[str, Any], *, component: str) -> bool:
    if component == "release":
        return bool(item["State"]["ExitCode"] == 0)
    return bool(item["State"]["Running"]) and health_of(item) == HEALTHY
