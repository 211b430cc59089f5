"""Writes the log to standard error in a thread of its own, so that no request waits for a reader.

Python's QueueHandler and QueueListener. The line is formatted where it is logged, since the request
id is known only there. The queue is bounded, and lines that do not fit are counted.
"""

import logging
import os
import time
from logging.handlers import QueueHandler, QueueListener
from queue import Full, Queue
from typing import Any

MAX_LINES = 10_000  # about 4 MB
FLUSH_SECONDS = 2.0  # that the end of a process may wait for a blocked stream
STANDARD_ERROR = 2


class QueuedStreamHandler(QueueHandler):
    """A QueueHandler whose listener each process starts with its first line.

    A fork does not inherit the listener's thread, and locks may be held in its copies of the queue
    and of the stream: it makes new ones.
    """

    queue: "Queue[Any]"

    def __init__(self, *, descriptor: int = STANDARD_ERROR) -> None:
        super().__init__(Queue(MAX_LINES))
        self._descriptor = descriptor
        self._process = 0
        self._missing = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        """Queue a formatted record, or count it if the queue is full."""
        if self._process != os.getpid():
            self._start()
        try:
            if self._missing:
                self.queue.put_nowait(self._warning(f"{self._missing} log lines are missing"))
                self._missing = 0
            self.queue.put_nowait(record)
        except Full:
            self._missing += 1

    def _start(self) -> None:
        self._process, self._missing, self.queue = os.getpid(), 0, Queue(MAX_LINES)
        stream = open(self._descriptor, "w", errors="backslashreplace", closefd=False)
        QueueListener(self.queue, logging.StreamHandler(stream)).start()

    def handleError(self, record: logging.LogRecord) -> None:
        """Log that a record could not be formatted. By default logging writes that to stderr."""
        place = f"{record.pathname}:{record.lineno}"
        self.enqueue(self._warning(f"a log line could not be formatted at {place}"))

    def flush(self) -> None:
        """Wait until the queue is written, up to FLUSH_SECONDS. logging calls this at exit."""
        deadline = time.monotonic() + FLUSH_SECONDS
        while self._process == os.getpid() and self.queue.unfinished_tasks:
            if time.monotonic() > deadline:
                return
            time.sleep(0.005)

    def _warning(self, message: str) -> logging.LogRecord:
        values = {"name": "service.log", "levelno": logging.WARNING, "levelname": "WARNING"}
        record: logging.LogRecord = self.prepare(logging.makeLogRecord({**values, "msg": message}))
        return record
