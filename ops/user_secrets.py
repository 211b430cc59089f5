"""`ops secret`: the user's own secrets, which Pulumi stores, encrypted, in the stack's file.

A value is passed to Pulumi through a pipe: it is never an argument, on the screen or in the audit
log.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from ops import audit
from ops.engine import pulumi_stack
from ops.lock import locked
from stacks.errors import PreflightError
from stacks.loading import load_secrets, stack_file
from stacks.user_secrets import (
    MAX_BYTES,
    MAX_COUNT,
    MAX_TOTAL_BYTES,
    TIMES,
    VALUES,
    StoredSecret,
    refuse_name,
)


def set_secret(stack: str, *, name: str, value: str) -> StoredSecret:
    """Store a value, or replace it; returns the stored secret, without its value.

    Raises TopologyError for the name, PreflightError for the value; then nothing was changed.
    """
    refuse_name(name, where="the secret's name")
    _refuse_value(value)
    with _locked_and_recorded(stack, verb=f"secret set {name}"):
        _refuse_too_many(load_secrets(stack), name=name, value=value)
        if not pulumi_stack.state(stack).exists:
            pulumi_stack.create(stack)
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        pulumi_stack.set_config(stack, key=f"{VALUES}:{name}", value=value, kind="--secret")
        pulumi_stack.set_config(stack, key=f"{TIMES}:{name}", value=now, kind="--plaintext")
        return next(secret for secret in load_secrets(stack) if secret.name == name)


def remove_secret(stack: str, *, name: str) -> None:
    """Remove a secret. Raises PreflightError when the stack has none of this name."""
    with _locked_and_recorded(stack, verb=f"secret remove {name}"):
        stored = load_secrets(stack)
        if name not in {secret.name for secret in stored}:
            known = ", ".join(secret.name for secret in stored) or "none"
            raise PreflightError(
                f"the stack '{stack}' has no secret {name}",
                where=stack_file(stack).name,
                hint=f"its secrets: {known}",
            )
        for namespace in (VALUES, TIMES):
            pulumi_stack.remove_config(stack, key=f"{namespace}:{name}")


def _refuse_value(value: str) -> None:
    size = len(value.encode())
    if not value.strip():
        raise PreflightError(
            "the secret's value is empty; nothing was changed",
            hint="type it, pipe it, or name a file: --from-file PATH",
        )
    if size > MAX_BYTES:
        raise PreflightError(
            f"the value has {size} bytes, and the limit is {MAX_BYTES}; nothing was changed",
            hint="store large files elsewhere, and only their key here",
        )
    if "\0" in value:
        raise PreflightError(
            "the value is not text: it contains a NUL byte; nothing was changed",
            hint="encode it first, for example with base64",
        )


def _refuse_too_many(stored: tuple[StoredSecret, ...], *, name: str, value: str) -> None:
    others = [secret for secret in stored if secret.name != name]
    total = sum(secret.size for secret in others) + len(value.encode())
    if len(others) >= MAX_COUNT or total > MAX_TOTAL_BYTES:
        raise PreflightError(
            f"a stack may have {MAX_COUNT} secrets with {MAX_TOTAL_BYTES} bytes in total,"
            f" and would have {len(others) + 1} with {total}; nothing was changed",
            hint="remove one that is no longer used: ops secret remove STACK NAME",
        )


@contextmanager
def _locked_and_recorded(stack: str, *, verb: str) -> Iterator[None]:
    """Hold the stack's lock, and write the audit log (never a value)."""
    load_secrets(stack)  # an unknown stack or a file that cannot be read fails before the lock
    with locked(stack, verb=verb), audit.recorded(stack, verb=verb):
        yield
