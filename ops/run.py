"""The only module of `ops` that starts a process."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from stacks.errors import CommandError

INTERRUPTS = 3  # after so many the program is killed


@dataclass(frozen=True)
class Completed:
    """What a finished program left behind: its two outputs as text, and its exit code."""

    stdout: str
    stderr: str
    code: int


def run(
    args: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float | None = None,
    check: bool = True,
    input: str | None = None,
) -> Completed:
    """Run a program to its end and return its outputs.

    `env` is added to the environment; `timeout` is in seconds.
    Raises CommandError when it cannot start, takes too long, or (with `check`) exits non-zero.
    """
    try:
        done = subprocess.run(
            list(args),
            env={**os.environ, **(env or {})},
            cwd=cwd,
            timeout=timeout,
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            text=True,
            errors="replace",
            capture_output=True,
        )
    except FileNotFoundError as missing:
        raise CommandError(f"{args[0]} is not installed", hint="ops doctor") from missing
    except PermissionError as refused:
        raise CommandError(f"{args[0]} may not be run by this user") from refused
    except subprocess.TimeoutExpired as late:
        raise CommandError(f"{args[0]} did not finish within {timeout:g} s") from late
    if check and done.returncode != 0:
        raise failed(args, code=done.returncode, output=done.stderr or done.stdout)
    return Completed(stdout=done.stdout, stderr=done.stderr, code=done.returncode)


def stream(
    args: Sequence[str],
    *,
    on_line: Callable[[str], None],
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    check: bool = True,
    timeout: float | None = None,
) -> int:
    """Run a program and hand each line of its output (both streams) to `on_line` as it comes.

    Ctrl-C reaches the program once as SIGINT, and its orderly end is waited for.
    """
    lines: list[str] = []
    try:
        process = subprocess.Popen(
            list(args),
            env={**os.environ, **(env or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except FileNotFoundError as missing:
        raise CommandError(f"{args[0]} is not installed", hint="ops doctor") from missing
    timer = threading.Timer(timeout, process.kill) if timeout else None
    if timer:
        timer.start()
    try:
        _pump(process, lines=lines, on_line=on_line)
    finally:
        if timer:
            timer.cancel()
        if process.poll() is None:  # never leave it at work behind our back
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
    if check and process.returncode != 0:
        raise failed(args, code=process.returncode, output="\n".join(lines[-20:]))
    return process.returncode


def attached(args: Sequence[str]) -> int:
    """Run a program on this terminal, as if typed; returns its exit code."""
    return subprocess.run(list(args)).returncode


def _pump(
    process: subprocess.Popen[str], *, lines: list[str], on_line: Callable[[str], None]
) -> None:
    """Read until the end; pass one Ctrl-C on, and wait for the program to put things in order."""
    output = process.stdout
    if output is None:
        raise CommandError("the program's output could not be read")
    try:
        for line in output:
            lines.append(line.rstrip("\n"))
            on_line(lines[-1])
        process.wait()
    except KeyboardInterrupt:
        _stop(process, output=output, on_line=on_line)
        raise


def _stop(
    process: subprocess.Popen[str], *, output: IO[str], on_line: Callable[[str], None]
) -> None:
    """Pass Ctrl-C on and wait; each further one is passed on too, and Pulumi ends at the second."""
    for _ in range(INTERRUPTS):
        try:
            process.send_signal(signal.SIGINT)
            for line in output:
                on_line(line.rstrip("\n"))
            process.wait()
            return
        except KeyboardInterrupt:
            continue


def failed(args: Sequence[str], *, code: int, output: str) -> CommandError:
    """The error for a program that ended with `code`: its name and the last lines it wrote."""
    tail = "\n".join(output.strip().splitlines()[-20:])
    return CommandError(f"{' '.join(args[:3])} … ended with code {code}\n{tail}")
