"""Pulumi for one stack: each act as a command, its errors in our words."""

import json
from collections.abc import Callable
from typing import Any

from ops.environment import variables
from ops.run import Completed, run, stream
from stacks.errors import CommandError, DeployError, PreflightError, UpshiftError
from stacks.topology import PROJECT

OnLine = Callable[[str], None]
# Lines that say nothing to a person: where a plugin was found, and the engine's dots.
NOISE = ("warning: using pulumi-resource-", "@ updating", "@ destroying", "@ previewing")


def _pulumi(*words: str, check: bool = True) -> Completed:
    try:
        return run(
            ["pulumi", *words, "--non-interactive"], env=variables(), cwd=PROJECT, check=check
        )
    except CommandError as error:
        raise _in_our_words(error.message, stack=words[-1]) from error


def select(stack: str) -> None:
    """Make sure that Pulumi knows the stack."""
    _pulumi("stack", "select", "--create", stack)


def outputs(stack: str) -> dict[str, Any]:
    """What the stack exported; empty when it was never up."""
    done = _pulumi("stack", "output", "--json", "--stack", stack, check=False)
    if done.code != 0 and "incorrect passphrase" in done.stderr:
        raise _in_our_words(done.stderr, stack=stack)
    found: dict[str, Any] = json.loads(done.stdout) if done.code == 0 else {}
    return found


def known_ids(stack: str) -> set[str]:
    """The ids of all that the state holds: a container's is Docker's own."""
    done = _pulumi("stack", "export", "--stack", stack)
    deployment = json.loads(done.stdout).get("deployment") or {}
    return {str(resource.get("id", "")) for resource in deployment.get("resources") or []}


def knows(stack: str, identity: str) -> bool:
    """Whether the state holds a resource of this id: a volume's is its name."""
    return identity in known_ids(stack)


def up(stack: str, *, on_line: OnLine) -> None:
    """Make the environment as described. What changed behind our back is found first."""
    _act(["up", "--yes", "--skip-preview", "--refresh", "--stack", stack], on_line=on_line)


def preview(stack: str, *, on_line: OnLine) -> None:
    """Say what `up` would change."""
    _act(["preview", "--diff", "--stack", stack], on_line=on_line)


def destroy(stack: str, *, on_line: OnLine) -> None:
    """Take all away but what is protected: data volumes, secrets, the authority."""
    _act(
        ["destroy", "--yes", "--skip-preview", "--exclude-protected", "--stack", stack],
        on_line=on_line,
    )


def destroy_with_data(stack: str, *, on_line: OnLine) -> None:
    """Take all away, data and secrets too, and forget the stack."""
    _pulumi("state", "unprotect", "--all", "--yes", "--stack", stack)
    _act(["destroy", "--yes", "--skip-preview", "--stack", stack], on_line=on_line)
    _pulumi("stack", "rm", "--yes", "--preserve-config", "--stack", stack)


def free(stack: str) -> None:
    """Remove Pulumi's own lock; called only while our lock says that nobody else works."""
    run(["pulumi", "cancel", "--yes", "--stack", stack], env=variables(), cwd=PROJECT, check=False)


def _act(words: list[str], *, on_line: OnLine) -> None:
    lines: list[str] = []

    def hear(line: str) -> None:
        if line.strip() and not any(noise in line for noise in NOISE):
            lines.append(line)
            on_line(line)

    command = ["pulumi", *words, "--non-interactive", "--color", "never"]
    code = stream(command, on_line=hear, env=variables(), cwd=PROJECT, check=False)
    if code != 0:
        raise _in_our_words("\n".join(lines), stack=words[-1])


def _in_our_words(text: str, *, stack: str) -> UpshiftError:
    if "incorrect passphrase" in text:
        return PreflightError(
            f"the passphrase does not open the secrets of the stack '{stack}'",
            hint="set PULUMI_CONFIG_PASSPHRASE, or put back the file .upshift/passphrase",
        )
    if "currently locked" in text:
        return DeployError(
            f"Pulumi's state of '{stack}' is locked by another run on another machine",
            hint=f"when nobody works on it: pulumi cancel --stack {stack}",
        )
    return DeployError(_cause(text), where=f"stack {stack}", hint=f"mend it, then: ops up {stack}")


def _cause(text: str) -> str:
    """The part of Pulumi's output that says why: its diagnostics, without the traceback."""
    told = text.partition("Diagnostics:")[2] or text
    told = told.partition("\nOutputs:")[0].partition("\nResources:")[0]
    kept = [line for line in told.splitlines() if line.strip() and "Traceback" not in line]
    return "Pulumi stopped:\n" + "\n".join(kept[-40:])
