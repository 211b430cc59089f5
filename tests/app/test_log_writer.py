"""Log lines are written by a thread of their own: a stream that fails fails no request."""

import fcntl
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest

from core.observability import log_writer, request_log
from core.observability.log_writer import BATCH_SECONDS, MAX_LINES, WAITS, LogWriter

PROGRAM = """
import logging, os, signal, sys, time
from core.observability.log_writer import WAITS, LogWriter
logging.basicConfig(handlers=[LogWriter()], level="INFO", format="%(message)s")
logging.getLogger(WAITS).info("before")
"""
PATIENCE = 20.0  # seconds: a bound, not a measure


class Pipe:
    """A stream with two ends, which may fill up, be closed, or refuse a write for once."""

    def __init__(self):
        self.out, self.into = os.pipe()
        self.writes = 0
        self.text = b""
        fcntl.fcntl(self.out, fcntl.F_SETFL, os.O_NONBLOCK)

    def read(self):
        """The words written until now."""
        while True:
            try:
                got = os.read(self.out, 65536)
            except BlockingIOError:
                got = b""
            if not got:
                return self.text.decode().split("\n")[:-1]
            self.text += got

    def until(self, found):
        """Read until `found` is true of the lines."""
        end = time.monotonic() + PATIENCE
        while not found(lines := self.read()):
            assert time.monotonic() < end, lines[-3:]
            time.sleep(0.01)
        return lines

    def close(self):
        """Both ends."""
        for each in (self.out, self.into):
            os.close(each)


@pytest.fixture
def pipe():
    with closing(Pipe()) as made:
        yield made


@pytest.fixture
def writer(pipe, monkeypatch):
    real = os.write

    def counted(descriptor, data):
        pipe.writes += descriptor == pipe.into
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", counted)
    return LogWriter(descriptor=pipe.into)


@pytest.fixture
def failing(pipe, monkeypatch):
    """Has writes to the pipe fail; returns what has them work again."""

    def begin(error):
        real = os.write

        def fail(descriptor, data):
            if descriptor == pipe.into:
                raise error
            return real(descriptor, data)

        monkeypatch.setattr(os, "write", fail)
        return lambda: monkeypatch.setattr(os, "write", real)

    return begin


def say(writer, text, *, level=logging.INFO, name=WAITS):
    writer.handle(logging.makeLogRecord({"name": name, "levelno": level, "msg": text}))


def test_lines_of_good_requests_are_written_together_after_a_moment(writer, pipe):
    for text in ("one", "two", "three"):
        say(writer, text)
    assert pipe.until(len) == ["one", "two", "three"] and pipe.writes == 1
    say(writer, "four")  # and the next ones too
    assert pipe.until(lambda lines: len(lines) == 4)[-1] == "four"


@pytest.mark.parametrize(
    "urgent",
    [{"level": logging.WARNING}, {"level": logging.ERROR}, {"name": "service.errors"}],
)
def test_anything_else_is_written_at_once_and_after_what_waits(writer, pipe, monkeypatch, urgent):
    monkeypatch.setattr(log_writer, "BATCH_SECONDS", 1000.0)
    say(writer, "one")
    say(writer, "two", **urgent)
    assert pipe.until(lambda lines: len(lines) == 2) == ["one", "two"]


@pytest.mark.parametrize(
    "error", [BrokenPipeError(32, "broken pipe"), OSError(28, "no space"), ValueError("closed")]
)
def test_a_write_that_fails_raises_into_no_request_and_the_next_one_is_tried(
    writer, pipe, failing, error
):
    recover = failing(error)
    for text in ("one", "two"):
        say(writer, text, level=logging.WARNING)
    writer.flush()
    recover()
    say(writer, "three", level=logging.WARNING)
    told = [line for line in pipe.until(lambda lines: "three" in lines) if line]
    assert told[-1] == "three" and "2 log lines are missing" in json.loads(told[0])["message"]
    say(writer, "four")
    assert pipe.until(lambda lines: "four" in lines).count(told[0]) == 1, "it is told once"


def test_a_stream_that_blocks_holds_up_nobody_and_what_does_not_fit_is_counted(writer, pipe):
    fcntl.fcntl(pipe.into, fcntl.F_SETPIPE_SZ, 4096)
    say(writer, "x" * 100_000, level=logging.WARNING)  # its thread is in this write now
    end = time.monotonic() + PATIENCE
    while not writer.queue.empty():
        assert time.monotonic() < end
        time.sleep(0.01)
    logged = threading.Event()

    def log():
        for number in range(MAX_LINES + 7):
            say(writer, str(number), level=logging.WARNING)
        logged.set()

    threading.Thread(target=log, daemon=True).start()
    assert logged.wait(PATIENCE), "the lines were logged although nobody reads"
    last = str(MAX_LINES - 1)
    lines = pipe.until(lambda lines: last in lines)
    say(writer, "afterwards", level=logging.WARNING)
    lines = pipe.until(lambda lines: "afterwards" in lines)
    (told,) = [line for line in lines if "are missing" in line]
    assert json.loads(told)["message"].startswith("7 log lines are missing")
    assert [line for line in lines if line.isdecimal()] == [str(each) for each in range(MAX_LINES)]


def test_a_pipe_that_is_full_for_a_while_loses_nothing(writer, pipe):
    fcntl.fcntl(pipe.into, fcntl.F_SETFL, os.O_NONBLOCK)  # as another process may set it
    fcntl.fcntl(pipe.into, fcntl.F_SETPIPE_SZ, 4096)
    for number in range(100):
        say(writer, f"{number} {'x' * 1000}")
    time.sleep(3 * BATCH_SECONDS)
    lines = pipe.until(lambda lines: len(lines) >= 100)
    assert [line.split()[0] for line in lines] == [str(each) for each in range(100)]


def test_a_line_that_cannot_be_made_takes_no_other_with_it_and_is_told(writer, pipe):
    say(writer, "one")
    bad = {"name": WAITS, "levelno": logging.INFO, "msg": "%d", "args": ("x",)}
    writer.handle(logging.makeLogRecord(bad))
    say(writer, "two")
    first, told, last = pipe.until(lambda lines: len(lines) == 3)
    assert (first, last) == ("one", "two")
    assert "could not be made" in json.loads(told)["message"]


def ran(*, then, of=()):
    command = [sys.executable, *of, "-c", PROGRAM + then]
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise KeyError('x')"])
def test_a_process_that_ends_writes_what_waits(end):
    assert "before" in ran(then=end).stderr.split()


def test_a_process_whose_stream_is_blocked_ends_all_the_same():
    then = "\nlogging.getLogger(WAITS).info('x' * 1_000_000)\n"
    command = [sys.executable, "-c", PROGRAM + then]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as started:
        assert started.wait(PATIENCE) == 0, "nobody has read a line"


def test_one_that_is_killed_loses_the_last_moment_only():
    done = ran(then=f"time.sleep({5 * BATCH_SECONDS}); os.kill(os.getpid(), signal.SIGKILL)")
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "before\n")


def test_a_child_writes_its_own_lines_and_none_of_its_parents():
    fork = f"""
if os.fork() == 0:
    logging.getLogger(WAITS).info("child")
    time.sleep({5 * BATCH_SECONDS})
    os._exit(0)
os.wait()
"""
    done = ran(then=fork, of=["-W", "ignore"])
    assert sorted(done.stderr.split()) == ["before", "child"]


def test_gunicorns_processes_write_when_they_are_told_to_stop():
    stop = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); os.kill(os.getpid(), 15)"
    assert ran(then=stop).stderr == "before\n"


def test_it_is_what_the_service_writes_its_log_with(settings):
    assert settings.LOGGING["handlers"]["stderr"]["()"] == f"{log_writer.__name__}.LogWriter"
    assert request_log.logger.name == WAITS


def test_the_handler_of_the_settings_writes_to_standard_error():
    """Configured by `class`, logging gives a QueueHandler a queue in the stream's place."""
    code = "import django, logging; django.setup(); logging.getLogger('a').warning('it is written')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd="/srv/app", capture_output=True, text=True, timeout=60
    )
    assert "it is written" in done.stderr, done.stderr
