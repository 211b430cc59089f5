"""Arguments and options that many verbs share."""

from typing import Annotated

import typer

from stacks.loading import stack_names


def complete(text: str) -> list[str]:
    """Stack names for the shell's completion."""
    return [name for name in stack_names() if name.startswith(text)]


Named = Annotated[
    str, typer.Argument(autocompletion=complete, help="the stack", show_default=False)
]
Stack = Annotated[str, typer.Option("--stack", "-s", autocompletion=complete, help="the stack")]
Json = Annotated[bool, typer.Option("--json", help="for a machine to read")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask")]


def chosen(name: str, stack: str) -> str:
    """`ops up staging` and `ops up --stack staging` are the same."""
    return name or stack
