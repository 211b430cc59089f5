"""Verbs that change or prove a stack: preview, up, check, destroy."""

import json
from typing import Annotated

import typer

from ops import show
from ops.deploy import smoke_checks as checks
from ops.deploy import up as deploy
from ops.engine import pulumi_stack
from ops.verbs.arguments import Json, Named, Stack, Yes, chosen
from stacks.errors import CheckError, PreflightError
from stacks.kept_data import WAIVABLE
from stacks.loading import load_topology

app = typer.Typer()


@app.command()
def preview(name: Named = "", stack: Stack = "dev", *, as_json: Json = False) -> None:
    """Say what `up` would change; changes nothing."""
    wanted = chosen(name, stack)
    load_topology(wanted)
    if not pulumi_stack.state(wanted).known:
        pulumi_stack.create(wanted)
    if as_json:
        print(pulumi_stack.preview_json(wanted))
        return
    pulumi_stack.preview(wanted, on_line=show.say)


@app.command()
def up(
    name: Named = "",
    stack: Stack = "dev",
    *,
    accept_data_loss: Annotated[
        list[str] | None, typer.Option(help=f"go on without: {', '.join(WAIVABLE)}")
    ] = None,
) -> None:
    """Make the environment as it is described, and prove it."""
    deploy.up(chosen(name, stack), accept_data_loss=accept_data_loss or ())


@app.command()
def check(name: Named = "", stack: Stack = "dev", *, as_json: Json = False) -> None:
    """Prove the running environment by the smoke checks."""
    wanted = chosen(name, stack)
    load_topology(wanted)
    checked = checks.check(wanted) if as_json else checks.demand(wanted)
    if as_json:
        keys = ("passed", "skipped", "failures", "seconds")
        print(json.dumps({key: getattr(checked, key) for key in keys}))
        raise typer.Exit(CheckError.exit_code if checked.failures or not checked.passed else 0)
    show.say(f"{checked.passed} smoke checks passed in {checked.seconds:.1f} s")


@app.command()
def destroy(
    name: Named = "",
    stack: Stack = "dev",
    *,
    data: Annotated[bool, typer.Option("--data", help="the data too")] = False,
    yes: Yes = False,
    data_confirm: Annotated[str, typer.Option(help="with --yes: the stack's name")] = "",
) -> None:
    """Take the environment away; its data stays, unless told --data and asked twice."""
    wanted = chosen(name, stack)
    load_topology(wanted)
    if not yes:
        typer.confirm(f"destroy the stack '{wanted}'?", abort=True)
    if data:
        said = f"its data goes too; type '{wanted}' to go on"
        if (data_confirm if yes else typer.prompt(said)) != wanted:
            raise PreflightError(
                "the data was not confirmed; nothing was changed",
                hint=f"ops destroy {wanted} --data --yes --data-confirm {wanted}",
            )
    deploy.destroy(wanted, with_data=data)
