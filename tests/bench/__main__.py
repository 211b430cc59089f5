"""`make bench`: how long the verbs take, medians over independent starts, into a file and a table.

The stack is the journey's: its own name, ports, state and label, removed at the end.
"""

import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ops.containers import look
from stacks.loading import load_topology
from stacks.topology import PROJECT
from tests.journey.conftest import Journey, new_journey

STARTS = 3
OUT = PROJECT / ".upshift" / "bench.json"


def seconds(act: Callable[[], object]) -> float:
    """Wall-clock seconds of one act."""
    started = time.monotonic()
    act()
    return time.monotonic() - started


def demand(journey: Journey, *words: str) -> None:
    """Run a verb; one that fails ends the bench, since a failed run is no figure."""
    done = journey.ops(*words)
    if done.returncode != 0:
        raise SystemExit(f"ops {' '.join(words)} failed:\n{done.stdout}{done.stderr}")


def one_start(journey: Journey) -> dict[str, float]:
    """A cold start with images there, two no-ops, and the end; seconds each."""
    return {
        "cold ops up, images built": seconds(lambda: demand(journey, "up")),
        "no-op ops up, all smoke checks": seconds(lambda: demand(journey, "up")),
        "no-op pulumi up": seconds(journey.pulumi_up),
        "smoke checks": seconds(lambda: demand(journey, "check")),
        "ops destroy": seconds(lambda: demand(journey, "destroy", "--yes")),
    }


def main() -> int:
    """Measure, write, show."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        journey = new_journey(Path(folder))
        try:
            demand(journey, "build")
            runs = [one_start(journey) for _ in range(STARTS)]
            demand(journey, "up")
            memory = {seen.component: seen.memory for seen in look(load_topology(journey.stack))}
        finally:
            journey.ops("destroy", "--data", "--yes", "--data-confirm", journey.stack)
            journey.clean()
    figures = {name: sorted(run[name] for run in runs) for name in runs[0]}
    machine = {"cores": os.cpu_count(), "system": platform.platform(), "load before": load}
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"machine": machine, "seconds": figures, "memory": memory}, indent=1))
    print(f"{'seconds, ' + str(STARTS) + ' starts':<34} {'median':>7} {'min':>7} {'max':>7}")
    for name, taken in figures.items():
        middle = statistics.median(taken)
        print(f"{name:<34} {middle:7.1f} {taken[0]:7.1f} {taken[-1]:7.1f}")
    for component, used in memory.items():
        print(f"memory of {component:<24} {used}")
    print(f"written to {OUT.relative_to(PROJECT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
