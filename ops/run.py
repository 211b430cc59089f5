"""The only module of `ops` that starts a process."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ops.command_errors import ERROR_LINES, failed, find_program, timeout_error, translated
from stacks.errors import CommandError

CHILD = Path(__file__).with_name("child.py")
MAX_INTERRUPTS = 3  # then the program is killed


@dataclass(frozen=True)
class Completed:
    """The result of a program that has ended: its two outputs as text, and its exit code."""

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
    """Run a program until it ends, and return its outputs.

    `env` is added to the environment; `timeout` is in seconds.
    Raises CommandError when it cannot start, takes too long, or (with `check`) exits non-zero.
    """
    with translated(args[0], timeout=timeout):
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
    """Run a program, passing each line of its output (both streams) to `on_line` as it comes.

    `timeout` is in seconds. On Ctrl-C the program gets one SIGINT and we wait for its end; it gets
    one too when we are killed. Raises CommandError as `run` does.
    """
    lines: list[str] = []
    timed_out = threading.Event()
    with translated(args[0], timeout=timeout):
        process = _start(args, env={**os.environ, **(env or {})}, cwd=cwd)

    def kill() -> None:
        timed_out.set()
        process.kill()

    timer = threading.Timer(timeout or 0, kill)
    if timeout:
        timer.start()
    try:
        _pump(process, lines=lines, on_line=on_line)
    finally:
        timer.cancel()
        if process.poll() is None:  # never leave it running
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
    if timed_out.is_set():
        raise timeout_error(args[0], timeout=timeout)
    if check and process.returncode != 0:
        raise failed(args, code=process.returncode, output="\n".join(lines[-ERROR_LINES:]))
    return process.returncode


def _start(
    args: Sequence[str], *, env: Mapping[str, str], cwd: Path | None
) -> subprocess.Popen[str]:
    """Start the program in its own session, so that the terminal's Ctrl-C does not reach it.

    It gets SIGINT when we are killed (`child.py`). It also holds the reading end of its output's
    pipe: so a broken pipe does not kill it first.
    """
    program = find_program(args[0], path=env.get("PATH"))
    # A script instead of `preexec_fn`, which is unsafe in a process with threads.
    wrapper = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid())]
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(
            [*wrapper, program, *args[1:]],
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            pass_fds=(reading,),
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    process.stdout = open(reading, errors="replace")
    return process


def attached(args: Sequence[str]) -> int:
    """Run a program on this terminal; returns its exit code."""
    return subprocess.run(list(args)).returncode


def transfer(
    args: Sequence[str], *, source: Path | None = None, target: Path | None = None
) -> None:
    """Run a program that reads a file as its input, or whose output is written to a file.

    The bytes are not decoded. Raises CommandError as `run` does, OSError for the file.
    """
    with ExitStack() as files:
        reading = files.enter_context(source.open("rb")) if source else subprocess.DEVNULL
        writing = files.enter_context(target.open("wb")) if target else subprocess.DEVNULL
        with translated(args[0], timeout=None):
            done = subprocess.run(list(args), stdin=reading, stdout=writing, stderr=subprocess.PIPE)
    if done.returncode != 0:
        if target:
            target.unlink(missing_ok=True)
        raise failed(args, code=done.returncode, output=done.stderr.decode(errors="replace"))


def _pump(
    process: subprocess.Popen[str], *, lines: list[str], on_line: Callable[[str], None]
) -> None:
    """Read the output until the end; on Ctrl-C interrupt the program, and wait for its end."""
    output = process.stdout
    if output is None:
        raise CommandError("the program's output cannot be read")
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
    """Send SIGINT and wait; each further Ctrl-C sends another, and Pulumi exits at the second."""
    for _ in range(MAX_INTERRUPTS):
        try:
            process.send_signal(signal.SIGINT)
            for line in output:
                on_line(line.rstrip("\n"))
            process.wait()
            return
        except KeyboardInterrupt:
            continue
