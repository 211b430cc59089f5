"""Arguments and options that many verbs share.

The stack is the first argument of every verb that concerns one, and has no default (decision 0036).
"""

import sys
from typing import Annotated

import typer

from ops.verbs.usage import stack_option
from stacks.errors import TopologyError
from stacks.loading import stack_file, stack_names
from stacks.topology import COMPONENTS


def complete_stack(text: str) -> list[str]:
    """Stack names, for the shell's completion."""
    return [name for name in stack_names() if name.startswith(text)]


def complete_component(text: str) -> list[str]:
    """Component names, for the shell's completion."""
    return [name for name in (*COMPONENTS, "release") if name.startswith(text)]


def _check_stack(context: typer.Context, stack: str) -> str:
    """`ops logs service`: raises UpshiftError saying that the stack comes first."""
    if stack in ("--stack", "-s"):  # where unknown options are the command's own, as in `exec`
        raise stack_option(context.command_path, arguments=sys.argv[1:])
    if stack in COMPONENTS and not stack_file(stack).exists():
        raise TopologyError(
            f"'{stack}' is a component, and the stack comes first",
            hint=f"{context.command_path} STACK {stack} (stacks: {', '.join(stack_names())})",
        )
    return stack


Stack = Annotated[
    str,
    typer.Argument(
        autocompletion=complete_stack,
        callback=_check_stack,
        help="the stack's name: the file is stacks/Pulumi.STACK.yaml",
        show_default=False,
    ),
]
Component = Annotated[
    str,
    typer.Argument(
        autocompletion=complete_component, help="for example service", show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask for confirmation")]
