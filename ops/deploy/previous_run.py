"""What earlier runs of a stack left: its state, data without a state, and half-made objects."""

from ops import show
from ops.engine import pulumi_stack
from ops.engine.environment import variables
from ops.engine.state import State
from ops.run import run
from stacks import outputs, versions
from stacks.errors import PreflightError
from stacks.kept_data import recorded
from stacks.topology import Topology


def state_of(topology: Topology) -> State:
    """The stack's state, once nobody else works on it. Raises where we must not go on from it."""
    pulumi_stack.free(topology.stack, say=show.say)
    state = pulumi_stack.state(topology.stack)
    _refuse_newer(topology.stack, state=state)
    _refuse_lost(topology, state=state)
    return state


def _refuse_newer(stack: str, *, state: State) -> None:
    made_by = str(state.outputs.get(outputs.TOOLKIT, versions.TOOLKIT))
    if _numbers(made_by) > _numbers(versions.TOOLKIT):
        raise PreflightError(
            f"the stack '{stack}' was made by Upshift {made_by}; this is {versions.TOOLKIT}",
            where=f"the output '{outputs.TOOLKIT}' of the stack",
            hint="use that version or a later one; nothing was changed",
        )


def _refuse_lost(topology: Topology, *, state: State) -> None:
    data = f"{topology.prefix}-postgres-data"
    if run(["docker", "volume", "inspect", data], check=False).code != 0:
        return
    if data not in state.ids and data not in recorded(state.resources).volumes.values():
        raise PreflightError(
            f"the volume {data} holds data, and the stack's state knows nothing of it",
            where=variables()["PULUMI_BACKEND_URL"],
            hint="bring back the state (UPSHIFT_BACKEND or .upshift/state): it has the secrets",
        )


def put_in_order(topology: Topology, *, state: State) -> None:
    """Remove what a killed run made and did not write down: it would be in the way.

    Containers and networks only, which hold no data; a volume is found again by its name.
    """
    _remove_half_made(topology, state=state)
    refuse_foreign(state)
    if state.unfinished:
        with show.progress("what a killed run left open") as hear:
            pulumi_stack.settle(topology.stack, on_line=hear)


def refuse_foreign(state: State) -> None:
    """Refuse where something that this stack did not make has the name of what it lost.

    As after `docker network rm` and `docker network create` by hand: it is not ours to remove.
    """
    listings = {"network": ["docker", "network", "ls"], "container": ["docker", "ps", "-a"]}
    shapes = {"network": "{{.ID}} {{.Name}}", "container": "{{.ID}} {{.Names}}"}
    for kind, listing in listings.items():
        lines = run([*listing, "--no-trunc", "--format", shapes[kind]]).stdout.splitlines()
        present = {name: identity for identity, name in (line.split() for line in lines)}
        for made in state.of(kind):
            if made.id not in present.values() and made.name in present:
                raise PreflightError(
                    f"the {kind} {made.name} was not made by this stack, whose own is gone",
                    where=f"docker {kind} inspect {made.name}",
                    hint=f"docker {kind} rm {made.name}, then the same again: it is made anew",
                )


def _remove_half_made(topology: Topology, *, state: State) -> None:
    found = ["docker", "ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}}"]
    _remove(found, by=["docker", "rm", "-f"], topology=topology, state=state)
    found = ["docker", "network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"]
    _remove(found, by=["docker", "network", "rm"], topology=topology, state=state)


def _remove(listing: list[str], *, by: list[str], topology: Topology, state: State) -> None:
    mine = ["--filter", f"label=upshift.stack={topology.stack}"]
    mine += ["--filter", f"label=upshift.name={topology.name}"]
    for line in run([*listing, *mine]).stdout.splitlines():
        identity, name = line.split()
        if identity not in state.ids:
            show.say(f"    removing {name}: left by a run that was killed; it holds no data")
            run([*by, identity])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
