"""Pulumi for one stack: each act as a command, its errors in our words."""

import json
from collections.abc import Callable, Sequence
from typing import Literal

from ops.engine import orphans, pulumi_lock, pulumi_output, state_files
from ops.engine.environment import backend, variables
from ops.engine.state import KINDS, Made, State
from ops.run import Completed, run, stream
from stacks.errors import CommandError
from stacks.topology import PROJECT

OnLine = Callable[[str], None]


def _pulumi(*words: str, given: str | None = None) -> Completed:
    """Run Pulumi; the stack is the last word, and `given` goes to its standard input."""
    command = ["pulumi", *words, "--non-interactive"]
    try:
        return run(command, env=variables(), cwd=PROJECT, input=given)
    except CommandError as error:
        if error.hint:  # it did not even start
            raise
        raise pulumi_output.error(error.message, stack=words[-1], place=backend()) from error


def state(stack: str) -> State:
    """Read the stack's state; changes nothing. Raises PreflightError when it cannot be read."""
    if (place := backend()).startswith(state_files.FILE):
        state_files.demand_readable(stack, folder=state_files.folder_of(place))
    shown = run(
        _words("stack", "export", "--stack", stack), env=variables(), cwd=PROJECT, check=False
    )
    if shown.code != 0 and "no stack named" in shown.stderr:
        return State(outputs={}, ids=frozenset(), known=False)
    if shown.code != 0:
        raise pulumi_output.error(shown.stderr, stack=stack, place=backend())
    written = json.loads(shown.stdout).get("deployment") or {}
    resources = written.get("resources") or []
    root = [found for found in resources if found["type"] == "pulumi:pulumi:Stack"]
    return State(
        outputs=root[0].get("outputs", {}) if root else {},
        ids=frozenset(str(found.get("id", "")) for found in resources),
        unfinished=bool(written.get("pending_operations")),
        resources=tuple(resources),
        made=tuple(
            Made(KINDS[found["type"]], found["urn"], found["id"], found.get("outputs") or {})
            for found in resources
            if found["type"] in KINDS and found.get("id")
        ),
    )


def create(stack: str) -> None:
    """Make a stack known to Pulumi, and empty."""
    _pulumi("stack", "select", "--create", stack)


def set_config(
    stack: str, *, key: str, value: str, kind: Literal["--secret", "--plaintext"]
) -> None:
    """Keep a value in the stack's file. It goes through a pipe: a process list shows arguments."""
    _pulumi("config", "set", key, kind, "--stack", stack, given=value)


def remove_config(stack: str, *, key: str) -> None:
    """Take a value out of the stack's file."""
    _pulumi("config", "rm", key, "--stack", stack)


def settle(stack: str, *, on_line: OnLine) -> None:
    """Read what really is there, and forget the creations that a killed run had begun.

    Else Pulumi would warn of them ever after. What was half-made must be gone before.
    """
    words = ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"]
    _act([*words, "--stack", stack], on_line=on_line)


def up(stack: str, *, on_line: OnLine, refresh: bool = False, replace: Sequence[str] = ()) -> bool:
    """Make the environment as described; returns whether anything was changed.

    `refresh`: look first at what really is there. `replace`: URNs to make anew all the same.
    """
    words = ["--refresh"] if refresh else []
    words += [word for urn in replace for word in ("--replace", urn)]
    said = _act(["up", "--yes", "--skip-preview", *words, "--stack", stack], on_line=on_line)
    return not pulumi_output.is_unchanged(said)


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
    # Its history goes with it; backups and logs would keep the secrets, encrypted.
    remove = ("stack", "rm", "--yes", "--preserve-config", "--remove-backups")
    _pulumi(*remove, "--stack", stack)
    if (place := backend()).startswith(state_files.FILE):
        state_files.forget_broken(stack, folder=state_files.folder_of(place))


def wait_until_free(stack: str, *, say: OnLine) -> bool:
    """Wait for a run that still works; returns whether one that was killed has left a lock.

    A shared backend is not looked at: its processes are on machines that cannot be looked at.
    """
    orphans.finish(stack, say=say)
    place = backend()
    if not place.startswith(state_files.FILE):
        return False
    return pulumi_lock.clear(stack, folder=state_files.folder_of(place), say=say)


def free(stack: str, *, say: OnLine) -> None:
    """Wait for a run that still works, and remove what one that was killed has left.

    Raises PreflightError when the state cannot be read. A shared backend is left alone.
    """
    locked = wait_until_free(stack, say=say)
    place = backend()
    if not place.startswith(state_files.FILE):
        return
    folder = state_files.folder_of(place)
    for path in state_files.mend(stack, folder=folder):
        say(f"    taken away, half-written by a run that was killed: {path}")
    state_files.demand_readable(stack, folder=folder)
    if locked:
        _pulumi("cancel", "--yes", "--stack", stack)


def _words(*words: str) -> list[str]:
    return ["pulumi", *words, "--non-interactive"]


def _act(words: list[str], *, on_line: OnLine) -> list[str]:
    """Run Pulumi, its lines shown as they come; returns them all."""
    lines: list[str] = []
    screen = pulumi_output.Screen()

    def hear(line: str) -> None:
        lines.append(line)
        for shown in screen.shown(line):
            on_line(shown)

    command = ["pulumi", *words, "--non-interactive", "--color", "never"]
    stack = words[-1]
    env = variables() | ({} if words[0] == "preview" else orphans.mark(stack))
    code = stream(command, on_line=hear, env=env, cwd=PROJECT, check=False)
    if code < 0:
        raise pulumi_output.killed(code, stack=stack)
    if code != 0:
        raise pulumi_output.error("\n".join(lines), stack=stack, place=backend())
    return lines
