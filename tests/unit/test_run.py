import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.run import CHILD, run, stream
from stacks.errors import CommandError

COUNTS_SIGNALS = """
import signal, sys, time
seen = []
signal.signal(signal.SIGINT, lambda *_: seen.append(1))
print("ready", flush=True)
until = time.monotonic() + 10
while not seen and time.monotonic() < until:
    time.sleep(0.02)
time.sleep(0.3)
print(f"interrupts {len(seen)}", flush=True)
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_outputs_and_code_are_returned() -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    done = run(python(code), check=False)
    assert (done.stdout, done.stderr, done.code) == ("out\n", "err\n", 3)


def test_a_missing_program_is_named() -> None:
    with pytest.raises(CommandError, match="no-such-program is not installed"):
        run(["no-such-program"])
    with pytest.raises(CommandError, match="no-such-program is not installed"):
        stream(["no-such-program"], on_line=print)


def test_a_program_without_the_right_to_run_is_named(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("#!/bin/sh\n")
    with pytest.raises(CommandError, match="may not be run"):
        run([str(plain)])
    with pytest.raises(CommandError, match="may not be run"):
        stream([str(plain)], on_line=print)


def test_a_timeout_is_told() -> None:
    with pytest.raises(CommandError, match="did not finish within 0.2 s"):
        run(["sleep", "10"], timeout=0.2)


def test_a_failure_shows_its_code_and_the_last_lines() -> None:
    code = "import sys\nfor n in range(50): print('line', n, file=sys.stderr)\nsys.exit(7)"
    with pytest.raises(CommandError) as caught:
        run(python(code))
    text = caught.value.message
    assert "ended with code 7" in text
    assert "line 49" in text and "line 30" in text and "line 29" not in text


def test_input_and_environment_reach_the_program() -> None:
    code = "import os, sys; print(os.environ['GIVEN'], sys.stdin.read(), bool(os.environ['PATH']))"
    assert run(python(code), env={"GIVEN": "a"}, input="b").stdout == "a b True\n"


def test_nothing_waits_for_a_terminal() -> None:
    assert run(python("import sys; print(repr(sys.stdin.read()))"), timeout=5).stdout == "''\n"


def test_lines_of_both_outputs_come_in_order() -> None:
    lines: list[str] = []
    code = "import os; os.write(1, b'a\\n'); os.write(2, b'b\\n'); os.write(1, b'c')"
    assert stream(python(code), on_line=lines.append) == 0
    assert lines == ["a", "b", "c"]


def test_a_failed_stream_shows_the_last_lines() -> None:
    code = "import sys; print('why'); sys.exit(2)"
    with pytest.raises(CommandError, match="code 2\nwhy"):
        stream(python(code), on_line=lambda line: None)
    assert stream(python(code), on_line=lambda line: None, check=False) == 2


def test_a_stream_that_takes_too_long_is_killed() -> None:
    started = time.monotonic()
    with pytest.raises(CommandError, match="sleep did not finish within 0.2 s"):
        stream(["sleep", "10"], on_line=print, check=False, timeout=0.2)
    assert time.monotonic() - started < 5


def test_ctrl_c_reaches_the_program_once_and_its_end_is_waited_for() -> None:
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        if line == "ready":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stream(python(COUNTS_SIGNALS), on_line=hear)
    assert lines == ["ready", "interrupts 1"]


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
