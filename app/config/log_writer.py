"""Writes log lines to standard error; those of good requests together, a tenth of a second late.

Each write gives up the interpreter to other threads and wakes whoever reads the log: at a thousand
requests a second that cost more than to make the lines. So a line of a request that went well waits
for others, for LATER seconds at most. Anything else is written at once, after all that waits. A
process that ends writes what it has; one that is killed loses a tenth of a second of such lines.
"""

import logging
import os
import threading
import time
from typing import TextIO

LATER = 0.1
MOST = 200  # lines that wait
WAITS = "service.request"


class LogWriter(logging.StreamHandler[TextIO]):
    """Logging's own handler of a stream, whose lines of WAITS may wait."""

    def __init__(self) -> None:
        super().__init__()
        self._begin()

    def _begin(self) -> None:
        """A fork has a copy of its parent's lines, which are not its to write; and no thread."""
        self._process, self._lines = os.getpid(), list[str]()
        self._some, self._runs = threading.Event(), False

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record's line, now or a little later."""
        if self._process != os.getpid():
            self._begin()
        try:
            self._lines.append(self.format(record) + self.terminator)
        except Exception:
            self.handleError(record)
            return
        urgent = record.name != WAITS or record.levelno > logging.INFO
        if urgent or len(self._lines) >= MOST:
            self.flush()
        elif len(self._lines) == 1:
            self._soon()

    def flush(self) -> None:
        """Write what waits. Called by logging itself when the process ends."""
        if self._process != os.getpid():
            self._begin()
        with self.lock:  # type: ignore[union-attr]
            text, self._lines = "".join(self._lines), []
            if text:
                self.stream.write(text)
        super().flush()

    def _soon(self) -> None:
        """Have a thread write, which is begun with the first line that waits."""
        if not self._runs:
            self._runs = True
            threading.Thread(target=self._write_later, name="log", daemon=True).start()
        self._some.set()

    def _write_later(self) -> None:
        while True:
            self._some.wait()
            self._some.clear()
            time.sleep(LATER)
            self.flush()
