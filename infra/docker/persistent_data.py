"""Read a stack's data from Docker and from Pulumi's state, for `stacks.persistent_data`."""

import json
import os
from collections.abc import Mapping
from typing import Any

from infra import process
from infra.docker import engine
from stacks.data_commands import ACCEPTED_VARIABLE
from stacks.errors import PreflightError
from stacks.persistent_data import ACCEPTABLE_LOSSES, POSTGRES_DATA, Found
from stacks.topology import Topology
from stacks.versions import BASE_IMAGE

# The first eight bytes of this file are the cluster's system identifier, in every version.
IDENTIFIER = """
cd "$1/pgdata" 2>/dev/null && test -s PG_VERSION && od -An -tu8 -N8 global/pg_control || echo none
"""
NAMES = (
    "SELECT 'd', datname FROM pg_database WHERE NOT datistemplate"
    " UNION SELECT 'r', rolname FROM pg_roles WHERE rolname !~ '^pg_'"
)
DATA = "/var/lib/postgresql/data"
USER = "10003:10003"


def resources(stack: str) -> list[Mapping[str, Any]]:
    """The resources in a stack's state. Raises PreflightError when it cannot be read."""
    output = process.output_of(["pulumi", "stack", "export", "--stack", stack])
    if output is None:
        raise PreflightError(
            f"the state of the stack '{stack}' cannot be read, so its data cannot be checked",
            where=f"pulumi stack export --stack {stack}",
            hint='eval "$(ops env)", and run the same command again',
        )
    written: list[Mapping[str, Any]] = json.loads(output)["deployment"].get("resources") or []
    return written


def found(topology: Topology) -> Found:
    """The stack's data on the engine. Nothing is changed."""
    volumes = engine.volumes(f"{topology.prefix}-")
    name = topology.container("postgres")
    shape = ["docker", "container", "inspect", "-f", "{{.State.Running}}", name]
    if (process.output_of(shape) or "").strip() == "true":
        names = _names(name)
        return Found(volumes, running_cluster(name), names.get("d"), names.get("r"))
    volume = f"{topology.prefix}-{POSTGRES_DATA}"
    return Found(volumes, stopped_cluster(volume) if volume in volumes else "")


def running_cluster(container: str) -> str | None:
    """The system identifier of the cluster in a running PostgreSQL container.

    Empty: there is no cluster; None: the container did not answer.
    """
    return _identifier(
        process.output_of(["docker", "exec", container, "sh", "-c", IDENTIFIER, "sh", DATA])
    )


def stopped_cluster(volume: str) -> str | None:
    """The same, for a volume that no server uses."""
    command = ["docker", "run", "--rm", "--network", "none", "--read-only", "--user", USER]
    command += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    command += ["--volume", f"{volume}:/data:ro", BASE_IMAGE, "sh", "-c", IDENTIFIER, "sh", "/data"]
    return _identifier(process.output_of(command))


def _identifier(output: str | None) -> str | None:
    return None if output is None else output.strip().replace("none", "")


def accepted() -> frozenset[str]:
    """The data that may be missing, from the environment. Raises PreflightError otherwise."""
    names = frozenset(name.strip() for name in os.environ.get(ACCEPTED_VARIABLE, "").split(",")) - {
        ""
    }
    if unknown := sorted(names - set(ACCEPTABLE_LOSSES)):
        raise PreflightError(
            f"{ACCEPTED_VARIABLE} names unknown data: {', '.join(unknown)}",
            where=ACCEPTED_VARIABLE,
            hint=f"known: {', '.join(ACCEPTABLE_LOSSES)}",
        )
    return names


def _names(container: str) -> dict[str, frozenset[str]]:
    """Databases (`d`) and roles (`r`) of a running PostgreSQL; empty when it does not answer."""
    psql = ["psql", "-X", "-h", "/run/postgresql", "-U", "postgres", "-AtF", " ", "-c", NAMES]
    lines = (process.output_of(["docker", "exec", container, *psql]) or "").splitlines()
    pairs = [line.partition(" ")[::2] for line in lines]
    kinds = {kind for kind, _ in pairs}
    return {kind: frozenset(name for of, name in pairs if of == kind) for kind in kinds}
