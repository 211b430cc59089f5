"""The only module of `ops` that starts a process."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from stacks.errors import CommandError

CHILD = Path(__file__).with_name("child.py")
INTERRUPTS = 3  # after so many the program is killed
TOLD = 20  # lines of a failed program


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
    with _in_our_words(args[0], timeout=timeout):
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
    """Run a program and hand each line of its output (both streams) to `on_line` as it comes.

    `timeout` is in seconds. Ctrl-C reaches the program once as SIGINT, and its orderly end is
    waited for; it gets the same when we are killed. Raises CommandError as `run` does.
    """
    lines: list[str] = []
    late = threading.Event()
    with _in_our_words(args[0], timeout=timeout):
        process = _started(args, env={**os.environ, **(env or {})}, cwd=cwd)

    def end() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(timeout or 0, end)
    if timeout:
        timer.start()
    try:
        _pump(process, lines=lines, on_line=on_line)
    finally:
        timer.cancel()
        if process.poll() is None:  # never leave it at work behind our back
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
    if late.is_set():
        raise _too_late(args[0], timeout=timeout)
    if check and process.returncode != 0:
        raise failed(args, code=process.returncode, output="\n".join(lines[-TOLD:]))
    return process.returncode


def _started(
    args: Sequence[str], *, env: Mapping[str, str], cwd: Path | None
) -> subprocess.Popen[str]:
    """The program at work, in a session of its own: the terminal's Ctrl-C is ours to pass on.

    It ends in order when we are killed (`child.py`), not by a broken pipe: it has the reading end.
    """
    program = _found(args[0], path=env.get("PATH"))
    # A script, and no `preexec_fn`: no code of ours runs between fork and exec, beside threads.
    before = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid())]
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(
            [*before, program, *args[1:]],
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


def _found(program: str, *, path: str | None) -> str:
    found = shutil.which(program, path=path)
    if found:
        return found
    there = shutil.which(program, mode=os.F_OK, path=path)
    raise (PermissionError if there else FileNotFoundError)(program)


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


@contextmanager
def _in_our_words(program: str, *, timeout: float | None) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as missing:
        raise CommandError(f"{program} is not installed", hint="ops doctor") from missing
    except PermissionError as refused:
        raise CommandError(f"{program} may not be run by this user") from refused
    except subprocess.TimeoutExpired as late:
        raise _too_late(program, timeout=timeout) from late


def _too_late(program: str, *, timeout: float | None) -> CommandError:
    return CommandError(f"{program} did not finish within {timeout or 0:g} s")


def failed(args: Sequence[str], *, code: int, output: str) -> CommandError:
    """The error for a program that ended with `code`: its name and the last lines it wrote."""
    tail = "\n".join(output.strip().splitlines()[-TOLD:])
    return CommandError(f"{' '.join(args[:3])} … ended with code {code}\n{tail}")
