"""Verbs that repair what is broken: repair, state restore."""

from collections.abc import Callable
from typing import Annotated

import typer

from ops import audit, show
from ops.engine import pulumi_stack, state_files
from ops.engine.environment import backend
from ops.lock import locked
from ops.repair import redis_queue
from ops.runtime import runtime_for
from ops.verbs.arguments import Component, Stack, Yes
from stacks.errors import PreflightError
from stacks.loading import load_topology

app = typer.Typer()
state = typer.Typer(no_args_is_help=True, help="Pulumi's state of a stack: restore.")
app.add_typer(state, name="state")


def _confirmation(*, yes: bool) -> Callable[[str], None]:
    """Shows what will be done, and asks whether to continue unless `yes`."""

    def confirm(action: str) -> None:
        show.say(f"this will {action}")
        if not yes:
            typer.confirm("continue?", abort=True)

    return confirm


@app.command()
def repair(
    stack: Stack,
    component: Component,
    *,
    start_empty: Annotated[
        bool, typer.Option("--start-empty", help="set aside what cannot be repaired")
    ] = False,
    yes: Yes = False,
) -> None:
    """Repair the file of the queue's Redis, and keep a copy: ops repair dev redis-queue."""
    topology = load_topology(stack)
    if component != redis_queue.COMPONENT:
        raise PreflightError(
            f"'{component}' cannot be repaired", hint=f"ops repair {stack} {redis_queue.COMPONENT}"
        )
    runtime_for(topology).check_available()
    verb = f"repair {component}"
    with locked(stack, verb=verb), audit.recorded(stack, verb=verb):
        redis_queue.repair(topology, start_empty=start_empty, confirm=_confirmation(yes=yes))


@state.command()
def restore(stack: Stack, *, yes: Yes = False) -> None:
    """Replace a corrupt state by its backup; the corrupt one is kept beside it."""
    load_topology(stack)
    folder = state_files.folder_of(backend())
    verb = "state restore"
    with locked(stack, verb=verb), audit.recorded(stack, verb=verb):
        pulumi_stack.wait_until_free(stack, say=show.say)
        kept = state_files.restore(stack, folder=folder, confirm=_confirmation(yes=yes))
    show.say(f"the corrupt state is kept as {kept}")
    show.say(f"next: ops up {stack}, which compares it with what exists")
