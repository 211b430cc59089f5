"""The errors of a program that `ops.run` starts, as CommandError."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from stacks.errors import CommandError

ERROR_LINES = 20  # of a failed program's output


@contextmanager
def translated(program: str, *, timeout: float | None) -> Iterator[None]:
    """Raise CommandError, naming the program, for what the standard library raises."""
    try:
        yield
    except FileNotFoundError as error:
        raise CommandError(f"{program} is not installed", hint="ops doctor") from error
    except PermissionError as error:
        raise CommandError(f"this user may not run {program}") from error
    except subprocess.TimeoutExpired as error:
        raise timeout_error(program, timeout=timeout) from error


def timeout_error(program: str, *, timeout: float | None) -> CommandError:
    """The error for a program that ran longer than `timeout` seconds."""
    return CommandError(f"{program} did not finish within {timeout or 0:g} s")


def find_program(program: str, *, path: str | None) -> str:
    """The program's path. Raises FileNotFoundError, or PermissionError when it may not be run."""
    found = shutil.which(program, path=path)
    if found:
        return found
    exists = shutil.which(program, mode=os.F_OK, path=path)
    raise (PermissionError if exists else FileNotFoundError)(program)


def failed(args: Sequence[str], *, code: int, output: str) -> CommandError:
    """The error for a program that failed: its name, its exit code and the last lines it wrote."""
    tail = "\n".join(output.strip().splitlines()[-ERROR_LINES:])
    return CommandError(f"{' '.join(args[:3])} … failed with exit code {code}\n{tail}")
