"""One place on disk for each process that counts, used again by the process after it.

prometheus_client names its files by process id. Gunicorn and Celery replace their processes, and
each would leave its files behind for ever, in memory. Here a process takes the first free number
and holds its lock until it ends; the next one goes on counting in the same files.
"""

import fcntl
import os
from pathlib import Path

MOST = 1024


class Slots:
    """The numbers of one folder. `number()` is this process's own, a fork's is another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process = 0
        self._number = -1
        self._lock = -1

    def number(self) -> int:
        """This process's number; asked at each count, so it costs next to nothing."""
        process = os.getpid()
        if process != self._process:
            self._take(process)
        return self._number

    def _take(self, process: int) -> None:
        if self._lock >= 0:
            os.close(self._lock)  # the parent's, inherited; its own copy still holds the lock
        for number in range(MOST):
            lock = self._locked(number)
            if lock is not None:
                self._process, self._number, self._lock = process, number, lock
                self.forget_gauges(number)
                return
        raise RuntimeError(f"more than {MOST} processes count in {self.folder}")

    def _locked(self, number: int) -> int | None:
        """The open lock file, or None when another process holds it."""
        opened = os.open(self.folder / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(opened)
            return None
        return opened

    def forget_gauges(self, number: int) -> None:
        """A count goes on after its process; what a process had at hand does not."""
        for file in self.folder.glob(f"gauge_*_{number}.db"):
            file.unlink(missing_ok=True)

    def forget_the_dead(self) -> None:
        """Drop the gauges of every process that has ended."""
        for file in self.folder.glob("*.lock"):
            number = int(file.stem)
            if number == self._number and self._process == os.getpid():
                continue
            lock = self._locked(number)
            if lock is not None:
                self.forget_gauges(number)
                os.close(lock)
