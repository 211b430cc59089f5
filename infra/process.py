"""The programs that the Pulumi program starts: `docker` to look, `ops build` to build."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Sequence

from stacks.topology import PROJECT

PREFLIGHT_DONE = (
    "UPSHIFT_PREFLIGHT_DONE"  # names the stack whose preflight `ops` has done in this run
)


def output_of(args: Sequence[str]) -> str | None:
    """What a program prints, or None when it fails or is not there."""
    try:
        done = subprocess.run(
            list(args), capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


async def ask(*args: str, given: bytes | None = None) -> tuple[int, str]:
    """A program's exit code and all that it wrote, while other things go on; `given` to stdin."""
    process = await asyncio.create_subprocess_exec(
        *args,
        stdin=asyncio.subprocess.DEVNULL if given is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    written, _ = await process.communicate(given)
    return process.returncode or 0, written.decode(errors="replace")


def build(stack: str, *, on_line: Callable[[str], None]) -> int:
    """Run `ops build` for a stack in a process of its own; returns its exit code."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ops.cli", "build", stack],
        cwd=PROJECT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    for line in process.stdout or ():
        on_line(line.rstrip())
    return process.wait()
