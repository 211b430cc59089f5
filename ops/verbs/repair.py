"""Verbs that mend what is broken: repair, state restore."""

from collections.abc import Callable
from typing import Annotated

import typer

from ops import audit, show
from ops.engine import pulumi_stack, state_files
from ops.engine.environment import backend
from ops.lock import locked
from ops.preflight import engine_answers
from ops.repair import redis_queue
from ops.verbs.arguments import Named, Stack, Yes, chosen
from stacks.errors import PreflightError
from stacks.loading import load_topology

app = typer.Typer()
of_state = typer.Typer(no_args_is_help=True, help="Pulumi's state of a stack.")
app.add_typer(of_state, name="state")


def _asked(*, yes: bool) -> Callable[[str], None]:
    """Says what will be done, and asks whether to go on."""

    def ask(what: str) -> None:
        show.say(f"will {what}")
        if not yes:
            typer.confirm("go on?", abort=True)

    return ask


@app.command("repair")
def mend(
    component: Annotated[str, typer.Argument(help="redis-queue")],
    name: Named = "",
    stack: Stack = "dev",
    *,
    start_empty: Annotated[
        bool, typer.Option("--start-empty", help="put what cannot be mended aside")
    ] = False,
    yes: Yes = False,
) -> None:
    """Mend the file of the queue's Redis, and keep a copy of it."""
    if component != redis_queue.COMPONENT:
        raise PreflightError(
            f"there is no repair of '{component}'", hint=f"ops repair {redis_queue.COMPONENT} STACK"
        )
    wanted = chosen(name, stack)
    topology = load_topology(wanted)
    engine_answers(topology)
    verb = f"repair {component}"
    with locked(wanted, verb=verb), audit.recorded(wanted, verb=verb):
        redis_queue.repair(topology, start_empty=start_empty, agreed=_asked(yes=yes))


@of_state.command()
def restore(name: Named = "", stack: Stack = "dev", *, yes: Yes = False) -> None:
    """Put the backup of a broken state in its place; the broken one is kept beside it."""
    wanted = chosen(name, stack)
    load_topology(wanted)
    folder = state_files.folder_of(backend())
    verb = "state restore"
    with locked(wanted, verb=verb), audit.recorded(wanted, verb=verb):
        pulumi_stack.wait_until_free(wanted, say=show.say)
        kept = state_files.restore(wanted, folder=folder, agreed=_asked(yes=yes))
    show.say(f"the broken state is kept as {kept}")
    show.say(f"next: ops up {wanted}, which compares it with what really is there")
