"""What previous runs of a stack left: its state, data without a state, unrecorded objects."""

from ops import show
from ops.engine import pulumi_stack
from ops.engine.environment import variables
from ops.engine.state import State
from ops.runtime import runtime_for
from stacks import outputs, versions
from stacks.errors import PreflightError
from stacks.topology import Topology


def load_state(topology: Topology) -> State:
    """The stack's state, once no other run works on it. Raises PreflightError when it must not be
    used: a newer Upshift wrote it, or it does not know data that exists.
    """
    pulumi_stack.wait_and_clean(topology.stack, say=show.say)
    state = pulumi_stack.state(topology.stack)
    _refuse_newer_version(topology.stack, state=state)
    _refuse_unrecorded_data(topology, state=state)
    return state


def _refuse_newer_version(stack: str, *, state: State) -> None:
    written_by = str(state.outputs.get(outputs.TOOLKIT, versions.TOOLKIT))
    if _numbers(written_by) > _numbers(versions.TOOLKIT):
        raise PreflightError(
            f"the stack '{stack}' was deployed by Upshift {written_by}; this is {versions.TOOLKIT}",
            where=f"the output '{outputs.TOOLKIT}' of the stack",
            hint="use that version or a later one; nothing was changed",
        )


def _refuse_unrecorded_data(topology: Topology, *, state: State) -> None:
    if data := runtime_for(topology).unrecorded_data(state):
        raise PreflightError(
            f"the volume {data} holds data that the stack's state does not know",
            where=variables()["PULUMI_BACKEND_URL"],
            hint="restore the state (UPSHIFT_BACKEND or .upshift/state): it holds the secrets",
        )


def recover_previous_run(topology: Topology, *, state: State) -> None:
    """Remove what an interrupted run created and did not record, and its pending operations."""
    runtime_for(topology).remove_leftovers(state)
    if state.has_pending_operations:
        with show.progress("recovering from an interrupted run") as report:
            pulumi_stack.clear_pending(topology.stack, on_line=report)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
