"""Commands for an operator whose stack's data is missing or has another name."""

from stacks.topology import Topology
from stacks.versions import BASE_IMAGE

# Names of data that may be missing, separated by commas.
ACCEPTED_VARIABLE = "UPSHIFT_ACCEPT_DATA_LOSS"


def restore_commands(topology: Topology, *, component: str) -> str:
    """The commands that restore a volume from a copy (a tar archive)."""
    volume = f"{topology.prefix}-{component}"
    labels = " ".join(f"--label {key}={value}" for key, value in topology.labels(component).items())
    return (
        f"restore it from a copy (a tar archive of the volume), then ops up {topology.stack}:\n"
        f"  docker volume create {labels} {volume}\n"
        f"  docker run --rm -i -v {volume}:/data {BASE_IMAGE} tar -xpf - -C /data < COPY.tar"
    )


def accept_command(topology: Topology, what: str) -> str:
    """The command that continues without this data."""
    return (
        f"or continue without it: ops up {topology.stack} --accept-data-loss {what}"
        f" ({ACCEPTED_VARIABLE}={what} pulumi up --refresh)"
    )


def rename_commands(topology: Topology, *, kind: str, before: str) -> str:
    """The commands that rename a database or a role in place, after stopping its clients."""
    stack, postgres = topology.stack, topology.container("postgres")
    wanted = topology.postgres.database if kind == "DATABASE" else topology.postgres.user
    mine = f"--filter label=upshift.name={topology.name} --filter label=upshift.stack={stack}"
    stops = "".join(
        f"  docker ps -q {mine} --filter label=upshift.component={component}"
        " | xargs -r docker stop\n"
        for component in ("beat", "worker", "service")
    )
    sql = f'ALTER {kind} "{before}" RENAME TO "{wanted}"'
    return f"{stops}  docker exec {postgres} psql -h /run/postgresql -U postgres -c '{sql}'"
