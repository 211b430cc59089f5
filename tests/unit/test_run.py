"""Programs that `ops` runs to their end, streams, or transfers a file with."""

import sys
import time
from pathlib import Path

import pytest

from ops.run import run, stream, transfer
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
    with pytest.raises(CommandError, match="may not run"):
        run([str(plain)])
    with pytest.raises(CommandError, match="may not run"):
        stream([str(plain)], on_line=print)


def test_a_timeout_is_told() -> None:
    with pytest.raises(CommandError, match="did not finish within 0.2 s"):
        run(["sleep", "10"], timeout=0.2)


def test_a_failure_shows_its_code_and_the_last_lines() -> None:
    code = "import sys\nfor n in range(50): print('line', n, file=sys.stderr)\nsys.exit(7)"
    with pytest.raises(CommandError) as caught:
        run(python(code))
    text = caught.value.message
    assert "failed with exit code 7" in text
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


def test_a_file_is_read_and_written_as_bytes(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(bytes(range(256)))
    transfer(["tee", str(target)], source=source)
    assert target.read_bytes() == source.read_bytes()
    target.unlink()
    transfer(["cat", str(source)], target=target)
    assert target.read_bytes() == source.read_bytes()


def test_a_file_of_a_failed_transfer_is_not_left(tmp_path: Path) -> None:
    target = tmp_path / "target"
    with pytest.raises(CommandError, match="No such file"):
        transfer(["cat", str(tmp_path / "none")], target=target)
    assert not target.exists()
