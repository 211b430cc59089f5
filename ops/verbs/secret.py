"""Verbs for the user's own secrets: set, list, remove."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ops import show, user_secrets
from ops.verbs.arguments import Json, Stack
from stacks.errors import PreflightError, TopologyError
from stacks.loading import load_secrets, load_topology
from stacks.user_secrets import MAX_BYTES, StoredSecret

secret = typer.Typer(no_args_is_help=True, help="Your own secrets: set, list, remove.")
app = typer.Typer()
app.add_typer(secret, name="secret")

Name = Annotated[str, typer.Argument(help="as an environment variable: MAIL_PASSWORD")]
FromFile = Annotated[
    Path | None, typer.Option(help="read the value from this file", show_default=False)
]


@secret.command("set")
def set_secret(stack: Stack, name: Name, *, from_file: FromFile = None) -> None:
    """Store a secret: its value is prompted for, piped, or read from a file."""
    load_secrets(stack)  # an unknown stack fails before the prompt
    stored = user_secrets.set_secret(stack, name=name, value=_value(name, from_file=from_file))
    show.say(f"{name} is stored, encrypted, in stacks/Pulumi.{stack}.yaml")
    show.say(f"next: ops up {stack}; the project then finds it by {stored.variable}={stored.path}")
    _warn_if_refused(stack)


@secret.command("list")
def list_secrets(stack: Stack, *, as_json: Json = False) -> None:
    """List names and when each was set; never a value."""
    stored = load_secrets(stack)
    if as_json:
        print(json.dumps([{"name": each.name, "set": each.set_at} for each in stored]))
        return
    rows = [_row(each) for each in stored]
    show.table(f"secrets of {stack}", head=("name", "set (UTC)", "file"), rows=rows)


@secret.command("remove")
def remove_secret(stack: Stack, name: Name) -> None:
    """Remove a secret."""
    user_secrets.remove_secret(stack, name=name)
    show.say(f"{name} is removed; next: ops up {stack}, which removes it from the containers")


def _row(stored: StoredSecret) -> tuple[str, str, str]:
    return stored.name, stored.set_at or "-", stored.path


def _value(name: str, *, from_file: Path | None) -> str:
    """The value, without the newline at its end that an editor or `echo` adds."""
    if from_file is None and sys.stdin.isatty():
        typed: str = typer.prompt(f"value of {name}", hide_input=True, confirmation_prompt=True)
        return typed
    if from_file is None:
        content, where = sys.stdin.buffer.read(MAX_BYTES + 2), "standard input"
    else:
        with from_file.open("rb") as file:
            content, where = file.read(MAX_BYTES + 2), str(from_file)
    try:
        return content.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise PreflightError(
            "the value is not UTF-8 text; nothing was changed",
            where=where,
            hint="encode it first, for example with base64",
        ) from error


def _warn_if_refused(stack: str) -> None:
    """Warn of what `ops up` will refuse, for example the variable that this secret replaces."""
    try:
        load_topology(stack)
    except TopologyError as error:
        show.warn(str(error))
