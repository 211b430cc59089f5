"""Errors of a command that was typed wrongly: what is wrong, and the command to type."""

import shlex
from collections.abc import Sequence

from typer.exceptions import TyperException

from stacks.errors import UpshiftError
from stacks.loading import stack_names


class UsageError(UpshiftError):
    """The command line is wrong; nothing was done."""

    exit_code = 2


def explain(error: TyperException, *, arguments: Sequence[str]) -> UsageError:
    """The error for a command line; a missing stack, or one given as an option, is explained."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "ops"
    parameter = getattr(getattr(error, "param", None), "name", "")
    if getattr(error, "option_name", "") in ("--stack", "-s"):
        return stack_option(command, arguments=arguments)
    if parameter == "stack":
        return UsageError(
            f"{command} needs a stack, and has no default",
            hint=f"{command} {_example()} (stacks: {_known()})",
        )
    return UsageError(error.format_message(), hint=f"{command} --help")


def stack_option(command: str, *, arguments: Sequence[str]) -> UsageError:
    """The error for `--stack`, with the command as it has to be typed."""
    rest = list(arguments)
    for place, word in enumerate(rest):
        if word in ("--stack", "-s"):
            del rest[place : place + 2]
            break
    verb = command.split()[1:]
    stack = arguments[place + 1] if len(arguments) > place + 1 else _example()
    typed = shlex.join([*command.split(), stack, *rest[len(verb) :]])
    return UsageError(
        f"{command} takes the stack as its first argument, not as --stack", hint=typed
    )


def _example() -> str:
    names = stack_names()
    return "dev" if "dev" in names or not names else names[0]


def _known() -> str:
    return ", ".join(stack_names()) or "none"
