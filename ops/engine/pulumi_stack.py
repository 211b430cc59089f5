"""Pulumi's commands for one stack, with their errors translated."""

import json
from collections.abc import Callable, Sequence
from typing import Literal

from ops.engine import orphans, pulumi_lock, pulumi_output, state_files
from ops.engine.environment import backend, variables
from ops.engine.state import KINDS, DockerObject, State
from ops.run import Completed, run, stream
from stacks.errors import CommandError
from stacks.topology import PROJECT

OnLine = Callable[[str], None]


def _pulumi(*arguments: str, stdin: str | None = None) -> Completed:
    """Run Pulumi; the stack is the last argument."""
    command = ["pulumi", *arguments, "--non-interactive"]
    try:
        return run(command, env=variables(), cwd=PROJECT, input=stdin)
    except CommandError as error:
        if error.hint:  # Pulumi could not be started
            raise
        raise pulumi_output.error(error.message, stack=arguments[-1], backend=backend()) from error


def state(stack: str) -> State:
    """Read the stack's state; changes nothing. Raises PreflightError when it cannot be read."""
    if (url := backend()).startswith(state_files.FILE):
        state_files.require_readable(stack, folder=state_files.folder_of(url))
    command = ["pulumi", "stack", "export", "--stack", stack, "--non-interactive"]
    exported = run(command, env=variables(), cwd=PROJECT, check=False)
    if exported.code != 0 and "no stack named" in exported.stderr:
        return State(outputs={}, ids=frozenset(), exists=False)
    if exported.code != 0:
        raise pulumi_output.error(exported.stderr, stack=stack, backend=url)
    deployment = json.loads(exported.stdout).get("deployment") or {}
    resources = deployment.get("resources") or []
    root = [each for each in resources if each["type"] == "pulumi:pulumi:Stack"]
    return State(
        outputs=root[0].get("outputs", {}) if root else {},
        ids=frozenset(str(each.get("id", "")) for each in resources),
        has_pending_operations=bool(deployment.get("pending_operations")),
        resources=tuple(resources),
        docker_objects=tuple(
            DockerObject(KINDS[each["type"]], each["urn"], each["id"], each.get("outputs") or {})
            for each in resources
            if each["type"] in KINDS and each.get("id")
        ),
    )


def create(stack: str) -> None:
    """Create an empty stack."""
    _pulumi("stack", "select", "--create", stack)


def set_config(
    stack: str, *, key: str, value: str, kind: Literal["--secret", "--plaintext"]
) -> None:
    """Write a value into the stack's file, through a pipe: a process list shows arguments."""
    _pulumi("config", "set", key, kind, "--stack", stack, stdin=value)


def remove_config(stack: str, *, key: str) -> None:
    """Remove a value from the stack's file."""
    _pulumi("config", "rm", key, "--stack", stack)


def clear_pending(stack: str, *, on_line: OnLine) -> None:
    """Refresh, and forget the pending creates of an interrupted run.

    Pulumi would warn of them in every later run. What they created must be removed before.
    """
    command = ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"]
    _run(*command, stack=stack, on_line=on_line)


def up(stack: str, *, on_line: OnLine, refresh: bool = False, replace: Sequence[str] = ()) -> bool:
    """Deploy; returns whether anything changed.

    `refresh`: read first what exists. `replace`: URNs of resources to replace in any case.
    """
    options = ["--refresh"] if refresh else []
    options += [word for urn in replace for word in ("--replace", urn)]
    lines = _run("up", "--yes", "--skip-preview", *options, stack=stack, on_line=on_line)
    return not pulumi_output.is_unchanged(lines)


def preview(stack: str, *, on_line: OnLine) -> None:
    """Show what `up` would change."""
    _run("preview", "--diff", stack=stack, on_line=on_line)


def preview_json(stack: str) -> str:
    """The preview as JSON."""
    return _pulumi("preview", "--json", "--stack", stack).stdout.strip()


def destroy(stack: str, *, on_line: OnLine) -> None:
    """Delete everything except what is protected: data volumes, secrets, the authority."""
    options = ["--yes", "--skip-preview", "--exclude-protected"]
    _run("destroy", *options, stack=stack, on_line=on_line)


def destroy_with_data(stack: str, *, on_line: OnLine) -> None:
    """Delete everything, data and secrets too, and the stack itself."""
    _pulumi("state", "unprotect", "--all", "--yes", "--stack", stack)
    _run("destroy", "--yes", "--skip-preview", stack=stack, on_line=on_line)
    # Backups and logs would keep the secrets, encrypted: they go with the stack.
    options = ("--yes", "--preserve-config", "--remove-backups")
    _pulumi("stack", "rm", *options, "--stack", stack)
    if (url := backend()).startswith(state_files.FILE):
        state_files.remove_corrupt_copies(stack, folder=state_files.folder_of(url))


def wait_until_free(stack: str, *, say: OnLine) -> bool:
    """Wait for a run that is still working; returns whether a killed run has left a lock.

    A shared backend is not examined: its runs may be on other machines.
    """
    orphans.wait_for_end(stack, say=say)
    url = backend()
    if not url.startswith(state_files.FILE):
        return False
    return pulumi_lock.wait_until_free(stack, folder=state_files.folder_of(url), say=say)


def wait_and_clean(stack: str, *, say: OnLine) -> None:
    """Wait for a run that is still working, and remove the lock and files of a killed one.

    Raises PreflightError when the state cannot be read. A shared backend is left alone.
    """
    has_stale_lock = wait_until_free(stack, say=say)
    url = backend()
    if not url.startswith(state_files.FILE):
        return
    folder = state_files.folder_of(url)
    for path in state_files.remove_broken_attributes(stack, folder=folder):
        say(f"    removed a file that a killed run had not finished: {path}")
    state_files.require_readable(stack, folder=folder)
    if has_stale_lock:
        _pulumi("cancel", "--yes", "--stack", stack)


def _run(*arguments: str, stack: str, on_line: OnLine) -> list[str]:
    """Run Pulumi, showing its output line by line; returns all the lines."""
    lines: list[str] = []
    screen = pulumi_output.Screen()

    def show(line: str) -> None:
        lines.append(line)
        for shown in screen.filter(line):
            on_line(shown)

    command = ["pulumi", *arguments, "--stack", stack, "--non-interactive", "--color", "never"]
    env = variables() | ({} if arguments[0] == "preview" else orphans.mark(stack))
    code = stream(command, on_line=show, env=env, cwd=PROJECT, check=False)
    if code < 0:
        raise pulumi_output.killed(code, stack=stack)
    if code != 0:
        raise pulumi_output.error("\n".join(lines), stack=stack, backend=backend())
    return lines
