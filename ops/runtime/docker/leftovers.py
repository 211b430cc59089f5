"""What an interrupted run left at Docker, and data that Pulumi's state does not know."""

from ops import show
from ops.engine.state import State
from ops.run import run
from stacks.errors import PreflightError
from stacks.persistent_data import recorded
from stacks.topology import Topology

LIST = {
    "container": ["docker", "ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}}"],
    "network": ["docker", "network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"],
}
REMOVE = {"container": ["docker", "rm", "-f"], "network": ["docker", "network", "rm"]}


def unrecorded_data(topology: Topology, *, state: State) -> str:
    """The database's volume, when it exists and the state does not know it; else empty."""
    volume = f"{topology.prefix}-postgres-data"
    if run(["docker", "volume", "inspect", volume], check=False).code != 0:
        return ""
    known = volume in state.ids or volume in recorded(state.resources).volumes.values()
    return "" if known else volume


def remove(topology: Topology, *, state: State) -> None:
    """Remove the environment's containers and networks that the state does not know.

    They hold no data, and their names are needed; a volume is found again by its name.
    """
    labels = [f"label=upshift.stack={topology.stack}", f"label=upshift.name={topology.name}"]
    filters = [word for label in labels for word in ("--filter", label)]
    for kind, command in LIST.items():
        for line in run([*command, *filters]).stdout.splitlines():
            identity, name = line.split()
            if identity not in state.ids:
                show.say(
                    f"    removing the {kind} {name}: an interrupted run left it; it has no data"
                )
                run([*REMOVE[kind], identity])


def refuse_foreign(state: State) -> None:
    """Raise PreflightError where an object of another owner has the name of one that is lost.

    As after `docker network rm` and `docker network create` by hand: it is not ours to remove.
    """
    for kind, command in LIST.items():
        present = {
            name: identity for identity, name in map(str.split, run(command).stdout.splitlines())
        }
        for lost in state.objects(kind):
            if lost.id not in present.values() and lost.name in present:
                raise PreflightError(
                    f"the {kind} {lost.name} was not created by this stack, whose own is missing",
                    where=f"docker {kind} inspect {lost.name}",
                    hint=f"docker {kind} rm {lost.name}, then run the same command again",
                )
