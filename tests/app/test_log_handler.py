"""The log is written by a thread of its own: a stream that blocks or fails fails no request."""

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

from core.observability import log_handler
from core.observability.log_handler import MAX_LINES, QueuedStreamHandler

PROGRAM = """
import logging, os, signal, sys, time
from core.observability.log_handler import QueuedStreamHandler
logging.basicConfig(handlers=[QueuedStreamHandler()], level="INFO", format="%(message)s")
logging.info("before")
"""
TIMEOUT = 20.0  # seconds: a bound, not a measure


class Pipe:
    """A stream with two ends, which may fill up or be closed."""

    def __init__(self):
        self.out, self.into = os.pipe()
        self.text = b""
        fcntl.fcntl(self.out, fcntl.F_SETFL, os.O_NONBLOCK)

    def read(self):
        """The lines written until now."""
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
        end = time.monotonic() + TIMEOUT
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
def handler(pipe):
    return QueuedStreamHandler(descriptor=pipe.into)


def log(handler, text, *args, level=logging.INFO):
    record = {"name": "a", "levelno": level, "levelname": "INFO", "msg": text, "args": args}
    handler.handle(logging.makeLogRecord(record))


def test_lines_are_written_in_their_order(handler, pipe):
    for text in ("one", "two", "three"):
        log(handler, text)
    assert pipe.until(lambda lines: len(lines) == 3) == ["one", "two", "three"]


def test_a_write_that_fails_raises_into_no_request_and_the_next_line_is_written(handler, pipe):
    other = Pipe()
    os.dup2(os.open("/dev/full", os.O_WRONLY), pipe.into)
    for text in ("one", "two"):
        log(handler, text)
    handler.flush()
    os.dup2(other.into, pipe.into)
    log(handler, "three")
    assert other.until(lambda lines: "three" in lines)
    other.close()


def test_a_stream_that_blocks_delays_no_request_and_what_does_not_fit_is_counted(handler, pipe):
    fcntl.fcntl(pipe.into, fcntl.F_SETPIPE_SZ, 4096)
    log(handler, "x" * 100_000)  # the listener is in this write now
    end = time.monotonic() + TIMEOUT
    while not handler.queue.empty():
        assert time.monotonic() < end
        time.sleep(0.01)
    logged = threading.Event()

    def log_many():
        for number in range(MAX_LINES + 7):
            log(handler, str(number))
        logged.set()

    threading.Thread(target=log_many, daemon=True).start()
    assert logged.wait(TIMEOUT), "the lines were logged although nothing reads"
    last = str(MAX_LINES - 1)
    lines = pipe.until(lambda lines: last in lines)
    log(handler, "afterwards")
    lines = pipe.until(lambda lines: "afterwards" in lines)
    assert [line for line in lines if "missing" in line] == ["7 log lines are missing"]
    assert [line for line in lines if line.isdecimal()] == [str(each) for each in range(MAX_LINES)]


def test_a_pipe_that_is_full_for_a_while_loses_nothing(handler, pipe):
    fcntl.fcntl(pipe.into, fcntl.F_SETPIPE_SZ, 4096)
    for number in range(100):
        log(handler, f"{number} {'x' * 1000}")
    time.sleep(0.3)
    lines = pipe.until(lambda lines: len(lines) >= 100)
    assert [line.split()[0] for line in lines] == [str(each) for each in range(100)]


def test_a_line_that_cannot_be_formatted_is_named_and_loses_no_other(handler, pipe):
    log(handler, "one")
    log(handler, "%d", "x")
    log(handler, "two")
    first, named, last = pipe.until(lambda lines: len(lines) == 3)
    assert (first, last) == ("one", "two")
    assert "could not be formatted" in named


def ran(*, then, of=()):
    command = [sys.executable, *of, "-c", PROGRAM + then]
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise KeyError('x')"])
def test_a_process_that_ends_writes_what_waits(end):
    assert "before" in ran(then=end).stderr.split()


def test_a_process_whose_stream_is_blocked_ends_all_the_same():
    then = "\nlogging.info('x' * 1_000_000)\n"
    command = [sys.executable, "-c", PROGRAM + then]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as started:
        assert started.wait(TIMEOUT) == 0, "nothing has read a line"


def test_a_process_that_is_killed_loses_the_last_moment_only():
    done = ran(then="time.sleep(0.5); os.kill(os.getpid(), signal.SIGKILL)")
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "before\n")


def test_a_child_writes_its_own_lines_and_none_of_its_parents():
    fork = """
if os.fork() == 0:
    logging.info("child")
    time.sleep(0.5)
    os._exit(0)
os.wait()
"""
    done = ran(then=fork, of=["-W", "ignore"])
    assert sorted(done.stderr.split()) == ["before", "child"]


def test_gunicorns_processes_write_when_they_are_told_to_stop():
    stop = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); os.kill(os.getpid(), 15)"
    assert ran(then=stop).stderr == "before\n"


def test_the_service_logs_with_it(settings):
    name = f"{log_handler.__name__}.{QueuedStreamHandler.__name__}"
    assert settings.LOGGING["handlers"]["stderr"]["()"] == name


def test_the_handler_of_the_settings_writes_to_standard_error():
    """Configured by `class`, logging would give it a queue that nothing reads."""
    code = "import django, logging; django.setup(); logging.getLogger('a').warning('it is written')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd="/srv/app", capture_output=True, text=True, timeout=60
    )
    assert json.loads(done.stderr)["message"] == "it is written", done.stderr
