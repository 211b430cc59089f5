"""A program on a terminal, as a person uses it: what it shows, and what is typed when it asks."""

import os
import pty
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def typed(
    command: Sequence[str],
    *,
    answers: Sequence[tuple[str, str]],
    cwd: Path,
    env: Mapping[str, str],
    seconds: float = 120,
) -> tuple[int, str]:
    """Run a program; an answer is what it asks and what is then typed. Its code, what it showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", "--wait", *command],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=cwd,
        env=dict(env),
    )
    os.close(theirs)
    shown, waiting, deadline = "", list(answers), time.monotonic() + seconds
    asked_from = 0
    try:
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 0.2)[0]:
                continue
            try:
                shown += os.read(ours, 4096).decode(errors="replace")
            except OSError:  # the other side is closed: the program has ended
                break
            if waiting and waiting[0][0] in shown[asked_from:]:
                time.sleep(0.2)  # it turns the echo off just after it has asked
                os.write(ours, (waiting.pop(0)[1] + "\n").encode())
                asked_from = len(shown)
        return process.wait(timeout=10), shown
    finally:
        process.kill()
        os.close(ours)
