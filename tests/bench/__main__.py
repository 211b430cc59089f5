"""`make bench`: every part, or those that are named; figures into a file and onto the screen.

No figure is a test: nothing fails because of a time. `python -m tests.bench verbs --starts 3`.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Mapping

from ops.run import run
from stacks.errors import UpshiftError
from stacks.topology import PROJECT
from tests.bench import machine, requests, service, verbs, workers
from tests.bench.part import Part

OUT = PROJECT / ".upshift" / "bench.json"


def say(text: str) -> None:
    """One line of progress, with the time of day."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def parts(given: argparse.Namespace) -> Mapping[str, Callable[[], Part]]:
    """Each part by its name. `compose` is `verbs` with Compose in turns, and is run for both."""
    return {
        "verbs": lambda: verbs.measure(starts=given.starts, with_compose=False, say=say),
        "compose": lambda: verbs.measure(starts=given.starts, with_compose=True, say=say),
        "requests": lambda: requests.measure(starts=given.starts, seconds=given.seconds, say=say),
        "service": lambda: service.measure(starts=given.starts, seconds=given.seconds, say=say),
        "workers": lambda: workers.measure(starts=given.starts, seconds=given.seconds, say=say),
    }


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    known = argparse.Namespace(starts=1, seconds=1)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(parts(known)))
    parser.add_argument("--starts", type=int, default=3, help="independent starts (default: 3)")
    parser.add_argument(
        "--minutes", type=int, default=24, help="after which no further part is begun"
    )
    parser.add_argument("--seconds", type=int, default=6, help="of load for each figure")
    given = parser.parse_args(words)
    if unknown := set(given.parts) - set(parts(known)):
        parser.error(
            f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(parts(known))}"
        )
    given.parts = given.parts or [name for name in parts(known) if name != "verbs"]
    return given


def write(part: Part) -> None:
    """Put a part into the file; what other runs measured of other parts stays."""
    OUT.parent.mkdir(exist_ok=True)
    known = json.loads(OUT.read_text()) if OUT.exists() else {}
    told = {name: known[name] for name in ("parts",) if name in known} or {"parts": {}}
    told["machine"] = machine.described()
    told["parts"][part.name] = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "revision": run(["git", "describe", "--always", "--dirty"], check=False).stdout.strip(),
        **part.as_json(),
    }
    OUT.write_text(json.dumps(told, indent=1) + "\n")


def main() -> int:
    """Measure, write, show."""
    given = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # cleaned up like after Ctrl-C
    started, code = time.monotonic(), 0
    shown: list[str] = []
    for name in given.parts:
        if time.monotonic() - started > given.minutes * 60:
            say(f"{name} is left out: {given.minutes} minutes have passed")
            code = 1
            continue
        say(f"== {name}: {given.starts} starts")
        try:
            part = parts(given)[name]()
        except UpshiftError as error:
            shown.append(f"{name}: no figures: {error}")
            code = 1
        else:
            write(part)
            shown.append(part.as_text())
        print(f"\n{shown[-1]}\n", flush=True)
    if len(shown) > 1:
        print("\n\n".join(["all of it:", *shown]))
    say(f"{time.monotonic() - started:.0f} s in all; written to {OUT.relative_to(PROJECT)}")
    return code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
