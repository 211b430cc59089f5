"""Writes log lines to standard error by a thread of its own: no request waits for it, or fails.

Python's QueueHandler and QueueListener, with three differences. A line is made where it is logged,
since its request is known there only. Lines are written together, BATCH_SECONDS late at most: each
write gives up the interpreter to other threads and wakes the reader of the log, which at a thousand
requests a second costs more than to make the lines; all but the lines of good requests are written
at once. And the queue is bounded: what does not fit, or cannot be written, is counted, and the log
says how many lines are missing as soon as it can be written again.
"""

import json
import logging
import os
import select
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener
from queue import Empty, SimpleQueue
from typing import Any
from weakref import WeakSet

BATCH_SECONDS = 0.1
MAX_LINES = 10_000  # that wait: some 4 MB
STALLED_SECONDS = 5.0  # a stream that takes nothing for so long loses the lines of one write
FLUSH_SECONDS = 2.0  # that the end of a process may wait for the stream
WAITS = "service.request"
STANDARD_ERROR = 2

Item = str | threading.Event  # a line, or what is set when all before it are written


class LogWriter(QueueHandler):
    """The handler of a process. In a fork it begins anew: its parent's lines are not its own."""

    def __init__(self, *, descriptor: int = STANDARD_ERROR) -> None:
        super().__init__(SimpleQueue())
        self.descriptor = descriptor
        self.begin()
        _writers.add(self)

    def begin(self) -> None:
        """Have an empty queue; its thread is started with the first line."""
        self.queue: SimpleQueue[Item] = SimpleQueue()
        self._hurry = threading.Event()
        self._lines = Lines(self.queue, descriptor=self.descriptor, hurry=self._hurry)
        self._started = False

    def emit(self, record: logging.LogRecord) -> None:
        """Queue the record's line. It never raises, and never waits for the stream."""
        try:
            line = self.format(record)
        except Exception as error:
            place = f"{record.pathname}:{record.lineno}"
            line = _line(
                "ERROR", f"a log line could not be made at {place}: {type(error).__name__}"
            )
        self.enqueue(line)
        if record.name != WAITS or record.levelno > logging.INFO:
            self._hurry.set()

    def enqueue(self, record: Any) -> None:
        """Queue a line, or count it where the queue is full."""
        if self.queue.qsize() >= MAX_LINES:
            self._lines.dropped += 1  # under the handler's lock, as all of `emit`
            return
        self.queue.put(record)
        if not self._started:
            self._start()

    def _start(self) -> None:
        self._started = True
        try:
            self._lines.start()
        except RuntimeError:  # no thread can be started any more: the process is about to end
            self._started = False
            self._lines.handle(self._lines.dequeue(False))

    def flush(self) -> None:
        """Wait until what was logged is written. Called by logging itself when the process ends."""
        if self._started:
            written = threading.Event()
            self.queue.put(written)
            self._hurry.set()
            written.wait(FLUSH_SECONDS)


class Lines(QueueListener):
    """The thread that writes them."""

    def __init__(
        self, queue: "SimpleQueue[Item]", *, descriptor: int, hurry: threading.Event
    ) -> None:
        super().__init__(queue)
        self._items = queue
        self._descriptor = descriptor
        self._hurry = hurry
        self.dropped = 0  # lines that did not fit into the queue
        self._lost = 0  # lines that could not be written
        self._told = 0  # of both, how many the log has told of

    def dequeue(self, block: bool) -> Any:
        """All that waits, a moment after the first of it came; at once where one is in a hurry."""
        found: list[Item] = [self._items.get(block)]
        if block:
            self._hurry.wait(BATCH_SECONDS)
        self._hurry.clear()
        while True:
            try:
                found.append(self._items.get_nowait())
            except Empty:
                return found

    def handle(self, record: Any) -> None:
        """Write a batch. It never raises: that would end the thread."""
        lines = [item for item in record if isinstance(item, str)]
        missing = self.dropped + self._lost
        try:
            self._write(lines, missing=missing - self._told)
            self._told = missing
        except Exception:  # of a stream: it may be well again at the next batch
            self._lost += len(lines)
        for item in record:
            if isinstance(item, threading.Event):
                item.set()

    def _write(self, lines: Sequence[str], *, missing: int) -> None:
        said = []
        if missing:
            told = f"{missing} log lines are missing: they could not be written in time"
            said = ["", _line("WARNING", told)]  # after the end of a line that was cut off
        text = "".join(f"{line}\n" for line in (*said, *lines))
        left = memoryview(text.encode(errors="backslashreplace"))
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:  # a pipe that another process has set so
                if not select.select([], [self._descriptor], [], STALLED_SECONDS)[1]:
                    raise


def _line(level: str, message: str) -> str:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": now, "level": level, "logger": "service.log", "message": message})


def _begin_in_a_fork() -> None:
    for writer in list(_writers):
        writer.begin()


_writers: "WeakSet[LogWriter]" = WeakSet()
os.register_at_fork(after_in_child=_begin_in_a_fork)
