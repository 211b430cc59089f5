"""Verbs for the user's own secrets: set, list, remove."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ops import show, user_secrets
from ops.verbs.arguments import Json, complete
from stacks.errors import PreflightError, TopologyError
from stacks.loading import load_secrets, load_topology
from stacks.user_secrets import MAX_BYTES, StoredSecret

secret = typer.Typer(no_args_is_help=True, help="Secrets of your own: a file each, encrypted.")
app = typer.Typer()
app.add_typer(secret, name="secret")

Stack = Annotated[str, typer.Argument(autocompletion=complete, help="the stack")]
Name = Annotated[str, typer.Argument(help="as an environment variable: MAIL_PASSWORD")]
FromFile = Annotated[
    Path | None, typer.Option(help="read the value from this file", show_default=False)
]


@secret.command("set")
def set_secret(stack: Stack, name: Name, *, from_file: FromFile = None) -> None:
    """Keep a secret: its value is asked for, or piped in, or read from a file."""
    load_secrets(stack)  # before anything is asked
    kept = user_secrets.set_secret(stack, name=name, value=_value(name, from_file=from_file))
    show.say(f"{name} is kept, encrypted in stacks/Pulumi.{stack}.yaml")
    show.say(f"ops up {stack} hands it over: {kept.variable}={kept.path}")
    _warn_of_topology(stack)


@secret.command("list")
def list_secrets(stack: Stack, *, as_json: Json = False) -> None:
    """The names, and when each was set; never a value."""
    stored = load_secrets(stack)
    if as_json:
        print(json.dumps([{"name": each.name, "set": each.set_at} for each in stored]))
        return
    rows = [_row(each) for each in stored]
    show.table(f"secrets of {stack}", head=("name", "set (UTC)", "file"), rows=rows)


@secret.command("remove")
def remove_secret(stack: Stack, name: Name) -> None:
    """Forget a secret."""
    user_secrets.remove_secret(stack, name=name)
    show.say(f"{name} is removed; ops up {stack} takes it from the containers")


def _row(stored: StoredSecret) -> tuple[str, str, str]:
    return stored.name, stored.set_at or "-", stored.path


def _value(name: str, *, from_file: Path | None) -> str:
    """The value without its last line end, which an editor or `echo` has put there."""
    if from_file is None and sys.stdin.isatty():
        typed: str = typer.prompt(f"value of {name}", hide_input=True, confirmation_prompt=True)
        return typed
    if from_file is None:
        given, where = sys.stdin.buffer.read(MAX_BYTES + 2), "standard input"
    else:
        with from_file.open("rb") as file:
            given, where = file.read(MAX_BYTES + 2), str(from_file)
    try:
        return given.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise PreflightError(
            "the value is no UTF-8 text; nothing was changed",
            where=where,
            hint="encode it first, for example with base64",
        ) from error


def _warn_of_topology(stack: str) -> None:
    """Say now what `ops up` would refuse, for example the variable that this secret replaces."""
    try:
        load_topology(stack)
    except TopologyError as error:
        show.warn(str(error))
