"""Verbs for the life of an environment: preview, up, check, destroy."""

import json
from typing import Annotated

import typer

from ops import show
from ops.deploy import destroy as removal
from ops.deploy import smoke_checks
from ops.deploy import up as deployment
from ops.engine import pulumi_stack
from ops.verbs.arguments import Json, Stack, Yes
from stacks.errors import CheckError, PreflightError
from stacks.loading import load_topology
from stacks.persistent_data import ACCEPTABLE_LOSSES

app = typer.Typer()


@app.command()
def preview(stack: Stack, *, as_json: Json = False) -> None:
    """Show what `up` would change, and change nothing."""
    load_topology(stack)
    if not pulumi_stack.state(stack).exists:
        pulumi_stack.create(stack)
    if as_json:
        print(pulumi_stack.preview_json(stack))
        return
    pulumi_stack.preview(stack, on_line=show.say)


@app.command()
def up(
    stack: Stack,
    *,
    accept_data_loss: Annotated[
        list[str] | None,
        typer.Option(help=f"continue without this data: {', '.join(ACCEPTABLE_LOSSES)}"),
    ] = None,
) -> None:
    """Deploy the environment as described, and verify it."""
    deployment.up(stack, accept_data_loss=accept_data_loss or ())


@app.command()
def check(stack: Stack, *, as_json: Json = False) -> None:
    """Run the smoke checks on the running environment."""
    load_topology(stack)
    result = smoke_checks.check(stack) if as_json else smoke_checks.require(stack)
    if as_json:
        keys = ("passed", "skipped", "failures", "seconds")
        print(json.dumps({key: getattr(result, key) for key in keys}))
        raise typer.Exit(0 if result.is_green else CheckError.exit_code)
    show.say(f"{result.passed} smoke checks passed in {result.seconds:.1f} s")


@app.command()
def destroy(
    stack: Stack,
    *,
    data: Annotated[bool, typer.Option("--data", help="delete the data too")] = False,
    yes: Yes = False,
    data_confirm: Annotated[str, typer.Option(help="with --data --yes: the stack's name")] = "",
) -> None:
    """Remove the environment; its data is kept, unless --data is given and confirmed."""
    load_topology(stack)
    if not yes:
        typer.confirm(f"destroy the stack '{stack}'?", abort=True)
    if data:
        question = f"this deletes its data too; type '{stack}' to continue"
        if (data_confirm if yes else typer.prompt(question)) != stack:
            raise PreflightError(
                "deleting the data was not confirmed; nothing was changed",
                hint=f"ops destroy {stack} --data --yes --data-confirm {stack}",
            )
    removal.destroy(stack, with_data=data)
