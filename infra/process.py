"""The processes that the Pulumi program starts: `docker`, and `ops build`."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Sequence

from stacks.topology import PROJECT

PREFLIGHT_DONE = (
    "UPSHIFT_PREFLIGHT_DONE"  # the stack whose preflight checks have passed in this run
)


def output_of(args: Sequence[str]) -> str | None:
    """A program's output, or None when it fails or is not installed."""
    try:
        done = subprocess.run(
            list(args), capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


async def ask(*args: str, stdin: bytes | None = None) -> tuple[int, str]:
    """Run a program asynchronously; returns its exit code and its output (both streams)."""
    process = await asyncio.create_subprocess_exec(
        *args,
        stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    written, _ = await process.communicate(stdin)
    return process.returncode or 0, written.decode(errors="replace")


def build(stack: str, *, on_line: Callable[[str], None]) -> int:
    """Run `ops build` for a stack in its own process; returns its exit code."""
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
