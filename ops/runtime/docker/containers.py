"""An environment's containers, as Docker reports them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ops.run import run
from ops.runtime.interface import ComponentStatus
from stacks import instances
from stacks.errors import CommandError
from stacks.health import HEALTHY, command_to_run, reported
from stacks.instances import Found
from stacks.topology import Topology

HEALTH_TIMEOUT_SECONDS = 5.0  # for one run of a health command


def every(topology: Topology) -> list[Found]:
    """Every container of the stack, running or not; a component may have several."""
    return instances.parse_list(run(instances.list_command(topology)).stdout)


def current(topology: Topology, *, found: Sequence[Found] | None = None) -> dict[str, Found]:
    """Component -> the container that runs it now; without the components that have none."""
    found = every(topology) if found is None else found
    inside = instances.reader(found) if instances.several(found) else ""
    shown = run(instances.markers_command(inside), check=False).stdout if inside else ""
    return instances.choose(found, live=instances.parse_markers(shown))


def failed_instances(topology: Topology) -> dict[str, str]:
    """Id -> name of each instance that is stopped and not live: a new one that failed to start.

    The next `up` decides whether to start or to remove it.
    """
    found = every(topology)
    live = {one.id for one in current(topology, found=found).values()}
    return {
        one.id: one.name for one in found if one.instance and not one.active and one.id not in live
    }


def inspect(*names: str) -> list[dict[str, Any]]:
    """`docker container inspect` of each; those that do not exist are left out."""
    if not names:
        return []
    shown = run(["docker", "container", "inspect", *names], check=False).stdout
    items: list[dict[str, Any]] = json.loads(shown or "[]")
    return items


def status(topology: Topology, *, memory: Mapping[str, str]) -> list[ComponentStatus]:
    """Every component of the topology, missing ones too; `memory` is by component."""
    now = current(topology)
    found = {item["Id"]: item for item in inspect(*(one.id for one in now.values()))}
    return [
        _status(
            component,
            found.get(now[component].id) if component in now else None,
            memory=memory.get(component, "-"),
        )
        for component in topology.components
    ]


def _status(component: str, item: dict[str, Any] | None, *, memory: str) -> ComponentStatus:
    if item is None:
        return ComponentStatus(component, "missing", "-", "-", "-", "-")
    state, labels = item["State"], item["Config"]["Labels"]
    # The project's processes have its version in their environment, the others in their image.
    variables = dict(each.split("=", 1) for each in item["Config"].get("Env") or () if "=" in each)
    version = variables.get("APP_VERSION") or labels.get("org.opencontainers.image.version", "?")
    return ComponentStatus(
        component,
        state["Status"],
        health_of(item),
        f"{version} ({labels.get('upshift.release', '?')})",
        state["StartedAt"][:19],
        memory,
    )


def health_of(item: Mapping[str, Any]) -> str:
    """The health of a container now; `-` where it has no health check.

    Docker's status where it is current, else the result of the health command, run at once: the
    same rule as in the wait of an `up` (`stacks.health`).
    """
    status_of_docker = reported(item)
    command = command_to_run(item)
    if not command:
        return status_of_docker
    try:
        done = run(
            ["docker", "exec", item["Id"], *command], check=False, timeout=HEALTH_TIMEOUT_SECONDS
        )
    except CommandError:  # it timed out
        return status_of_docker
    return HEALTHY if done.code == 0 else status_of_docker


def memory_by_name(names: Sequence[str]) -> dict[str, str]:
    """Memory of each container by its name, as Docker prints it; measuring takes two seconds."""
    if not names:
        return {}
    shape = "{{.Name}}\t{{.MemUsage}}"
    done = run(["docker", "stats", "--no-stream", "--format", shape, *names], check=False)
    return dict(line.split("\t", 1) for line in done.stdout.splitlines() if "\t" in line)


def log_tail(name: str, *, lines: str) -> str:
    """The end of a container's log, both its streams."""
    done = run(["docker", "logs", "--tail", lines, name], check=False)
    return (done.stdout + done.stderr).strip()


def failure_evidence(topology: Topology, *, lines: str = "15") -> str:
    """The end of the log of every container that is not healthy."""
    logs = []
    for item in inspect(*(one.id for one in every(topology))):
        component = item["Config"]["Labels"].get("upshift.component", "")
        if component not in (*topology.components, "release") or _is_fine(item, component):
            continue
        name = item["Name"].lstrip("/")
        logs.append(f"--- the last log lines of {name}\n{log_tail(name, lines=lines)}")
    return "\n".join(logs)


def _is_fine(item: dict[str, Any], component: str) -> bool:
    if component == "release":
        return bool(item["State"]["ExitCode"] == 0)
    return bool(item["State"]["Running"]) and health_of(item) == HEALTHY
