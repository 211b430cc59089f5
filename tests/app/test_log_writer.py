"""Lines of good requests are written together, a little later; all others at once, in order."""

import io
import logging
import signal
import subprocess
import sys
import time

import pytest
from config import log_writer, request_log
from config.log_writer import LATER, MOST, WAITS, LogWriter

PROGRAM = """
import logging, os, signal, sys, time
from config.log_writer import WAITS, LogWriter
logging.basicConfig(handlers=[LogWriter()], level="INFO", format="%(message)s")
logging.getLogger(WAITS).info("before")
"""


class Written(io.StringIO):
    """A stream that counts the writes."""

    writes = 0

    def write(self, text):
        self.writes += 1
        return super().write(text)


@pytest.fixture
def writer():
    made = LogWriter()
    made.setStream(Written())
    yield made
    made.close()


def say(writer, text, *, level=logging.INFO, name=WAITS):
    writer.handle(logging.makeLogRecord({"name": name, "levelno": level, "msg": text}))


def written(writer):
    return writer.stream.getvalue().split()


def test_lines_of_good_requests_are_written_together_after_a_moment(writer):
    for text in ("one", "two", "three"):
        say(writer, text)
    assert not written(writer)
    end = time.monotonic() + 10 * LATER
    while not written(writer) and time.monotonic() < end:
        time.sleep(LATER / 10)
    assert written(writer) == ["one", "two", "three"] and writer.stream.writes == 1
    say(writer, "four")  # and the next ones too
    time.sleep(5 * LATER)
    assert written(writer)[-1] == "four"


@pytest.mark.parametrize(
    "urgent",
    [{"level": logging.WARNING}, {"level": logging.ERROR}, {"name": "service.errors"}],
)
def test_anything_else_is_written_at_once_and_after_what_waits(writer, urgent):
    say(writer, "one")
    say(writer, "two", **urgent)
    assert written(writer) == ["one", "two"]


def test_no_more_than_some_lines_wait(writer):
    for number in range(MOST):
        say(writer, str(number))
    assert written(writer) == [str(number) for number in range(MOST)]


def test_a_line_that_cannot_be_made_takes_no_other_with_it(writer, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    say(writer, "one")
    writer.handle(logging.makeLogRecord({"name": WAITS, "msg": "%d", "args": ("x",)}))
    writer.flush()
    assert written(writer) == ["one"]


def ran(*, then, of=()):
    command = [sys.executable, *of, "-c", PROGRAM + then]
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise KeyError('x')"])
def test_a_process_that_ends_writes_what_waits(end):
    assert "before" in ran(then=end).stderr.split()


def test_one_that_is_killed_loses_the_last_moment_only():
    done = ran(then=f"time.sleep({5 * LATER}); os.kill(os.getpid(), signal.SIGKILL)")
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "before\n")


def test_a_child_writes_its_own_lines_and_none_of_its_parents():
    fork = f"""
if os.fork() == 0:
    logging.getLogger(WAITS).info("child")
    time.sleep({5 * LATER})
    os._exit(0)
os.wait()
"""
    done = ran(then=fork, of=["-W", "ignore"])
    assert sorted(done.stderr.split()) == ["before", "child"]


def test_gunicorns_processes_write_when_they_are_told_to_stop():
    stop = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); os.kill(os.getpid(), 15)"
    assert ran(then=stop).stderr == "before\n"


def test_it_is_what_the_service_writes_its_log_with(settings):
    assert settings.LOGGING["handlers"]["stderr"]["class"] == f"{log_writer.__name__}.LogWriter"
    assert request_log.logger.name == WAITS
