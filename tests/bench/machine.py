"""The machine that is measured on: its cores, who gets which, and how quiet it is."""

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

STEAL_AT_MOST = 2.0  # per cent: beyond, the figures tell of a neighbour
STEAL, COUNTED = 7, 8  # columns of /proc/stat; those after them are counted in others already


@dataclass
class Watch:
    """How it was while something was measured."""

    load_before: float = 0.0
    load_after: float = 0.0
    steal: float = 0.0
    seconds: float = 0.0
    cores: int = field(default_factory=lambda: os.cpu_count() or 1)

    @property
    def noisy(self) -> bool:
        """Whether others were at work: more of them than cores before, or a thief beside us."""
        return self.load_before > self.cores or self.steal > STEAL_AT_MOST

    def as_json(self) -> dict[str, float | bool]:
        """For the file."""
        return {
            "load before": round(self.load_before, 2),
            "load after": round(self.load_after, 2),
            "steal, per cent": round(self.steal, 2),
            "seconds": round(self.seconds, 1),
            "noisy": self.noisy,
        }


@contextmanager
def watched() -> Iterator[Watch]:
    """Watch the machine during a block."""
    watch = Watch(load_before=os.getloadavg()[0])
    before, started = ticks(Path("/proc/stat").read_text()), time.monotonic()
    try:
        yield watch
    finally:
        after = ticks(Path("/proc/stat").read_text())
        watch.seconds = time.monotonic() - started
        watch.load_after = os.getloadavg()[0]
        watch.steal = stolen(before, after)


def ticks(stat: str) -> list[int]:
    """The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal."""
    return [int(number) for number in stat.splitlines()[0].split()[1 : COUNTED + 1]]


def stolen(before: list[int], after: list[int]) -> float:
    """Per cent of the time in which this machine wanted to run and its host ran another."""
    passed = [late - early for early, late in zip(before, after, strict=True)]
    return 100 * passed[STEAL] / sum(passed) if sum(passed) else 0.0


def described() -> dict[str, str | int]:
    """What it is, for the file."""
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {"cores": os.cpu_count() or 1, "processor": model, "system": platform.platform()}


@dataclass(frozen=True)
class Pins:
    """Cores by number, as `taskset -c` and Docker's cpuset take them. Empty: any."""

    service: str = ""
    around: str = ""  # the edge and the data
    generator: str = ""

    def __str__(self) -> str:
        if not self.service:
            return "nothing is pinned: there is one core"
        return (
            f"the service on core {self.service}, the edge and the data on {self.around},"
            f" the generator on {self.generator}"
        )


def pins(cores: int) -> Pins:
    """The service alone on core 0; the generator on the last, with the rest when there are two."""
    if cores < 2:
        return Pins()
    last = cores - 1
    between = f"1-{last - 1}" if last > 2 else "1"
    return Pins(service="0", around=between, generator=str(last))
