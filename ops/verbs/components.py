"""Verbs for one component of a stack: logs, exec, copy, restart."""

from pathlib import Path
from typing import Annotated

import typer

from ops import audit, show
from ops.lock import locked
from ops.runtime import runtime_for
from ops.verbs.arguments import Component, Stack
from stacks.errors import PreflightError
from stacks.loading import load_topology

app = typer.Typer()
START_SECONDS = 60  # beside the topology's health.start_period


@app.command()
def logs(
    stack: Stack,
    component: Component,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="show new lines too")] = False,
    tail: Annotated[str, typer.Option(help="how many of the last lines, or 'all'")] = "200",
) -> None:
    """Show the log of a component."""
    runtime = runtime_for(load_topology(stack))
    raise typer.Exit(runtime.logs(component, follow=follow, tail=tail))


@app.command("exec", context_settings={"ignore_unknown_options": True})
def execute(stack: Stack, component: Component, command: list[str]) -> None:
    """Run a command in a component: ops exec dev service -- python manage.py check."""
    raise typer.Exit(runtime_for(load_topology(stack)).exec(component, command))


@app.command()
def copy(
    stack: Stack,
    source: Annotated[str, typer.Argument(help="a file, or COMPONENT:PATH", show_default=False)],
    target: Annotated[str, typer.Argument(help="a file, or COMPONENT:PATH", show_default=False)],
) -> None:
    """Copy a file out of a component, or into it: ops copy dev service:/tmp/report.csv ."""
    runtime = runtime_for(load_topology(stack))
    read_from, _, source_path = source.rpartition(":")
    write_to, _, target_path = target.rpartition(":")
    if bool(read_from) == bool(write_to):
        raise PreflightError(
            "exactly one of the two files must be in a component; nothing was changed",
            hint=f"ops copy {stack} COMPONENT:PATH FILE, or ops copy {stack} FILE COMPONENT:PATH",
        )
    if write_to:
        runtime.copy_to(write_to, source=Path(source_path), target=target_path)
        return
    local = Path(target_path)
    local = local / Path(source_path).name if local.is_dir() else local
    runtime.copy_from(read_from, source=source_path, target=local)


@app.command()
def restart(stack: Stack, component: Component) -> None:
    """Stop a component in order, start it again, and wait until it is healthy."""
    topology = load_topology(stack)
    runtime = runtime_for(topology)
    verb = f"restart {component}"
    with locked(stack, verb=verb), audit.recorded(stack, verb=verb):
        runtime.restart(component)
        seconds = topology.health.start_period + START_SECONDS
        runtime.wait_until_healthy(component, seconds=seconds)
    show.say(f"{component} is healthy")
