"""A program that `ops` streams gets SIGINT when `ops` is killed, and never stays behind."""

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.run import CHILD

STREAMS = """
import sys
from ops.run import stream
stream([sys.executable, "-c", sys.argv[1]], on_line=lambda line: print(line, flush=True))
"""
ENDS_ORDERLY = """
import os, pathlib, signal, sys, time
def end(*_):
    print("a line without a reader " * 100, flush=True)
    pathlib.Path(os.environ["SAID"]).write_text("orderly")
    sys.exit()
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGINT, end)
print("ready", flush=True)
time.sleep(20)
"""


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own signal is Linux's")


@LINUX
def test_a_program_ends_orderly_when_we_are_killed(tmp_path: Path) -> None:
    said = tmp_path / "said"
    ours = subprocess.Popen(
        [sys.executable, "-c", STREAMS, ENDS_ORDERLY],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "SAID": str(said)},
    )
    assert ours.stdout and ours.stdout.readline() == "ready\n"
    ours.kill()
    ours.wait()
    ours.stdout.close()
    deadline = time.monotonic() + 10
    while not (said.exists() and said.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert said.read_text() == "orderly"


def _ours(code: str, *, background: bool, env: dict[str, str]) -> "subprocess.Popen[str]":
    """A process that streams `code`; in the background as a script's `&` does it."""
    shell = ["sh", "-c", 'trap "" INT; exec "$0" "$@"'] if background else []
    return subprocess.Popen(
        [*shell, sys.executable, "-c", STREAMS, code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
    )


def _alive(marker: str) -> list[int]:
    """Processes that carry this marker in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if f"MARKER={marker}".encode() in (path / "environ").read_bytes().split(b"\0"):
                found.append(int(path.name))
        except OSError:
            continue
    return found


def _ended(marker: str) -> bool:
    deadline = time.monotonic() + 10
    while _alive(marker) and time.monotonic() < deadline:
        time.sleep(0.05)
    left = _alive(marker)
    for process in left:
        os.kill(process, signal.SIGKILL)
    return not left


@LINUX
def test_a_background_jobs_program_ends_when_we_are_killed() -> None:
    """As Pulumi in its first moments: it has no handler of its own yet."""
    code = "print('ready', flush=True); import os; os.execvp('sleep', ['sleep', '60'])"
    marker = secrets.token_hex(8)
    ours = _ours(code, background=True, env={"MARKER": marker})
    assert ours.stdout and ours.stdout.readline() == "ready\n"
    ours.kill()
    ours.wait()
    ours.stdout.close()
    assert _ended(marker)


@LINUX
def test_a_background_jobs_program_is_interrupted_by_sigterm() -> None:
    handler = "import signal; signal.signal(signal.SIGTERM, signal.default_int_handler)"
    code = "print('ready', flush=True); import os; os.execvp('sleep', ['sleep', '60'])"
    marker = secrets.token_hex(8)
    ours = subprocess.Popen(
        ["sh", "-c", 'trap "" INT; exec "$0" "$@"']
        + [sys.executable, "-c", f"{handler}\n{STREAMS}", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "MARKER": marker},
    )
    assert ours.stdout and ours.stdout.readline() == "ready\n"
    ours.terminate()
    assert ours.wait(timeout=10) != 0
    ours.stdout.close()
    assert _ended(marker)


@LINUX
@pytest.mark.parametrize("milliseconds", [0, 2, 5, 10, 20, 40])
def test_a_kill_at_any_moment_of_the_start_leaves_nothing_at_work(milliseconds: int) -> None:
    marker = secrets.token_hex(8)
    # No Python: while it starts, it may take an interrupt and go on.
    program = STREAMS.replace('[sys.executable, "-c", sys.argv[1]]', '["sleep", "60"]')
    ours = subprocess.Popen(
        [sys.executable, "-c", program.replace("stream([", "print(flush=True)\nstream([")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "MARKER": marker},
    )
    assert ours.stdout and ours.stdout.readline()
    time.sleep(milliseconds / 1000)
    ours.kill()
    ours.wait()
    ours.stdout.close()
    assert _ended(marker)


def test_a_program_whose_parent_has_ended_is_not_started(tmp_path: Path) -> None:
    made = tmp_path / "made"
    script = [sys.executable, "-I", "-S", str(CHILD), "1", "/usr/bin/env", "touch", str(made)]
    done = subprocess.run(script, capture_output=True, text=True)
    assert done.returncode == 1 and "ops has ended" in done.stderr
    assert not made.exists()
