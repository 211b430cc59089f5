"""`python -m tests.drills exhaustion`: a stack of its own, the drill, a table and a JSON file."""

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

from ops.engine.environment import WORK
from stacks.errors import UpshiftError
from stacks.loading import load_topology
from tests.bench.stack import demand, own_stack
from tests.drills.exhaustion import Drill
from tests.drills.fills import FILLS
from tests.drills.looks import as_json
from tests.drills.seeded import seeded

NAMES = tuple(fill.name for fill in FILLS)
FOLDER = WORK / "drills"
# Docker's own networks: the machine tells the edge which client it stands for, so that the user
# and the attacker have addresses, and limits, of their own.
DESCRIBED = {"edge": {"trusted_proxies": ["172.16.0.0/12", "192.168.0.0/16", "10.0.0.0/8"]}}


def main(words: Sequence[str]) -> int:
    """Run a drill; the exit code is 1 when something was wrong."""
    given = _parser().parse_args(words)
    try:
        with own_stack(**DESCRIBED) as journey:
            say("up, with the product's own limits")
            demand(journey, "up")
            topology = load_topology(journey.stack)
            account, attacker = seeded(topology)
            drill = Drill.of(topology, account=account, attacker=attacker)
            report = drill.run(given.only or NAMES, seconds=given.seconds, say=say)
    except UpshiftError as error:
        print(error, file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"exhaustion-{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(as_json(report))
    print(table(report), f"\nwritten to {path}", sep="\n")
    for text in report["wrong"]:
        print(f"wrong: {text}")
    return 1 if report["wrong"] else 0


def say(text: str) -> None:
    """A line of progress."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def table(report: dict[str, Any]) -> str:
    """The user's figures, in milliseconds."""
    head = f"{'phase':<18}" + "".join(f"{name:>9}" for name in report["before"])
    rows = [("before", report["before"])]
    for each in report["results"]:
        rows += [
            (f"{each['name']}, during", each["during"]),
            (f"{each['name']}, after", each["after"]),
        ]
    lines = [
        f"{name:<18}" + "".join(f"{value:>9}" for value in told.values()) for name, told in rows
    ]
    return "\n".join([head, *lines])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.drills", description=__doc__)
    parser.add_argument("drill", choices=["exhaustion"])
    parser.add_argument("--seconds", type=float, default=60.0, help="for each fill")
    parser.add_argument("--only", nargs="+", choices=NAMES, help="these fills")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
