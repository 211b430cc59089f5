"""A number for each process that counts, which the next process uses again.

prometheus_client names its files by process id, and keeps the counters of a process that has ended
for ever: `mark_process_dead` removes gauges only. Gunicorn and Celery replace their processes, so
the files would grow without bound, in memory. Here a process takes the first free number and holds
its lock until it ends; the next process goes on counting in the same files.
"""

import fcntl
import os
from pathlib import Path

MAX_PROCESSES = 1024


class ProcessSlots:
    """The numbers of one folder. `number()` is this process's own; a fork has another one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process = 0
        self._number = -1
        self._lock = -1

    def number(self) -> int:
        """Return this process's number. prometheus_client asks at each count."""
        if self._process != os.getpid():
            self._take()
        return self._number

    def _take(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)  # inherited by the fork; the parent's own copy holds the lock
        for number in range(MAX_PROCESSES):
            lock = self._try_lock(number)
            if lock is not None:
                self._process, self._number, self._lock = os.getpid(), number, lock
                self._remove_gauges(number)
                return
        raise RuntimeError(f"more than {MAX_PROCESSES} processes count in {self.folder}")

    def _try_lock(self, number: int) -> int | None:
        """Return the open lock file, or None if another process holds it."""
        opened = os.open(self.folder / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(opened)
            return None
        return opened

    def _remove_gauges(self, number: int) -> None:
        for file in self.folder.glob(f"gauge_*_{number}.db"):
            file.unlink(missing_ok=True)

    def remove_gauges_of_ended_processes(self) -> None:
        """Remove the gauges of ended processes; their counters remain."""
        for file in self.folder.glob("*.lock"):
            number = int(file.stem)
            lock = None if number == self._number else self._try_lock(number)
            if lock is not None:
                self._remove_gauges(number)
                os.close(lock)
