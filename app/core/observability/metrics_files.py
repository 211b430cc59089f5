"""Numbers for the metrics files of this container's processes, used again after a process ends.

prometheus_client names its files by process id, and keeps the counters of ended processes without
bound: `mark_process_dead` removes gauges only. Gunicorn and Celery replace their processes again
and again, and the files are in memory. So each process takes the first free number, and holds its
lock until it ends; the next process continues the same counters.
"""

import fcntl
import os
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead

MAX_PROCESSES = 1024


class ProcessNumbers:
    """The numbers of one folder, each with a lock file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process = 0
        self._number = -1
        self._lock = -1

    def current(self) -> int:
        """Return this process's number; prometheus_client calls this at each count."""
        if self._process != os.getpid():
            self._acquire()
        return self._number

    def _acquire(self) -> None:
        """Lock the first free number. Raises RuntimeError if there is none."""
        if self._lock >= 0:
            os.close(self._lock)  # inherited by the fork; the parent's own copy holds the lock
        for number in range(MAX_PROCESSES):
            lock = self._try_lock(number)
            if lock is not None:
                self._process, self._number, self._lock = os.getpid(), number, lock
                return
        raise RuntimeError(f"more than {MAX_PROCESSES} processes count in {self.folder}")

    def _try_lock(self, number: int) -> int | None:
        """Return the open lock file, or None if another process holds it.

        A free number belonged to a process that has ended: its gauges are removed.
        """
        opened = os.open(self.folder / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(opened)
            return None
        mark_process_dead(number, str(self.folder))
        return opened

    def remove_gauges_of_ended_processes(self) -> None:
        """Remove the gauges of ended processes; their counters remain."""
        for file in self.folder.glob("*.lock"):
            number = int(file.stem)
            if number != self._number and (lock := self._try_lock(number)) is not None:
                os.close(lock)
