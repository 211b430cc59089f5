"""Pulumi for one stack: each act as a command, its errors in our words."""

import json
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.environment import backend, variables
from ops.run import Completed, run, stream
from stacks.errors import CommandError, DeployError, PreflightError, UpshiftError
from stacks.topology import PROJECT

OnLine = Callable[[str], None]
# Lines that say nothing to a person: where a plugin was found, and the engine's dots.
NOISE = ("warning: using pulumi-resource-", "@ updating", "@ destroying", "@ previewing")


def _pulumi(*words: str) -> Completed:
    try:
        return run(["pulumi", *words, "--non-interactive"], env=variables(), cwd=PROJECT)
    except CommandError as error:
        if error.hint:  # it did not even start
            raise
        raise _in_our_words(error.message, stack=words[-1]) from error


@dataclass(frozen=True)
class State:
    """What Pulumi has written down: the stack's outputs, and the ids of all that it made."""

    outputs: dict[str, Any]
    ids: frozenset[str]


def state(stack: str) -> State:
    """Read the stack's state; a stack that is new to Pulumi is made known to it, and empty."""
    shown = run(
        _words("stack", "export", "--stack", stack), env=variables(), cwd=PROJECT, check=False
    )
    if shown.code != 0 and "no stack named" in shown.stderr:
        _pulumi("stack", "select", "--create", stack)
        return State(outputs={}, ids=frozenset())
    if shown.code != 0:
        raise _in_our_words(shown.stderr, stack=stack)
    resources = (json.loads(shown.stdout).get("deployment") or {}).get("resources") or []
    root = [found for found in resources if found["type"] == "pulumi:pulumi:Stack"]
    return State(
        outputs=root[0].get("outputs", {}) if root else {},
        ids=frozenset(str(found.get("id", "")) for found in resources),
    )


def up(stack: str, *, on_line: OnLine, drifted: str = "") -> None:
    """Make the environment as described; after a `drifted` one, by what really is there."""
    found_first = ["--refresh"] if drifted else []
    words = ["up", "--yes", "--skip-preview", *found_first, "--stack", stack]
    _act(words, on_line=on_line)


def preview(stack: str, *, on_line: OnLine) -> None:
    """Say what `up` would change."""
    _act(["preview", "--diff", "--stack", stack], on_line=on_line)


def preview_json(stack: str) -> str:
    """The same, for a machine to read."""
    return _pulumi("preview", "--json", "--stack", stack).stdout.strip()


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
    """Remove Pulumi's own lock when the process that took it here was killed.

    `pulumi cancel` asks nothing: it would free the lock of a run that still works. A shared
    backend is left alone, since a process of another machine cannot be looked for.
    """
    place = backend()
    if not place.startswith("file://"):
        return
    folder = Path(place.removeprefix("file://")) / ".pulumi" / "locks"
    held = list(folder.glob(f"*/*/{stack}/*.json"))
    if held and all(map(_is_dead, held)):
        _pulumi("cancel", "--yes", "--stack", stack)


def _is_dead(lock: Path) -> bool:
    """Whether the process that a lock names was of this machine, and is gone."""
    try:
        holder = json.loads(lock.read_text())
        if holder["hostname"] != socket.gethostname():
            return False
        os.kill(int(holder["pid"]), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, KeyError):
        return False
    return False


def _words(*words: str) -> list[str]:
    return ["pulumi", *words, "--non-interactive"]


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
            f"Pulumi's state of '{stack}' is locked by another run",
            hint=f"when nobody works on it: pulumi cancel --stack {stack}",
        )
    return DeployError(_cause(text), where=f"stack {stack}", hint=f"mend it, then: ops up {stack}")


def _cause(text: str) -> str:
    """The part of Pulumi's output that says why: its diagnostics, without the traceback."""
    told = text.partition("Diagnostics:")[2] or text
    told = told.partition("\nOutputs:")[0].partition("\nResources:")[0]
    kept = [line for line in told.splitlines() if line.strip() and "Traceback" not in line]
    return "Pulumi stopped:\n" + "\n".join(kept[-40:])
