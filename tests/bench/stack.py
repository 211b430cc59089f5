"""The bench's own environments: driven as by a person; removed by label, after Ctrl-C too."""

import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops.engine.environment import WORK
from stacks.errors import UpshiftError
from stacks.loading import stack_file
from tests.journey.conftest import Journey, free_port

ENDING = 60.0  # seconds that an interrupted Pulumi may go on making things
KINDS = {
    "container": ["rm", "-f", "-v"],
    "network": ["network", "rm"],
    "volume": ["volume", "rm", "-f"],
}


class BenchError(UpshiftError):
    """A step of the bench failed: what follows would be no figure."""


def described_stack(backend: Path, **changes: Any) -> Journey:
    """A stack that is not up yet, of the product's default sizes but for the `changes`."""
    stack = f"bench-{secrets.token_hex(3)}"
    edge = {"http_port": free_port(), "https_port": free_port()} | changes.pop("edge", {})
    described = {"test_label": stack, "edge": edge, **changes}
    made = Journey(stack=stack, backend=backend, described=described)
    made.environment = {
        "UPSHIFT_BACKEND": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(16),
        "NO_COLOR": "1",
    }
    made.describe()
    return made


@contextmanager
def own_stack(**changes: Any) -> Iterator[Journey]:
    """A stack for a block; whatever happens in it, nothing of the stack is left."""
    with tempfile.TemporaryDirectory() as folder:
        journey = described_stack(Path(folder), **changes)
        try:
            yield journey
        finally:
            sweep(journey)


def demand(journey: Journey, *words: str) -> None:
    """Run a verb of `ops`. Raises BenchError with what it said."""
    done = journey.ops(*words)
    if done.returncode != 0:
        raise BenchError(f"ops {' '.join(words)} failed:\n{done.stdout}{done.stderr}")


def wipe(journey: Journey) -> None:
    """Take the stack away with its data: the next `up` is from nothing."""
    demand(journey, "destroy", "--data", "--yes", "--data-confirm", journey.stack)


def sweep(journey: Journey) -> None:
    """Remove what carries the stack's label, until nothing comes after."""
    deadline = time.monotonic() + ENDING
    try:
        while _left(journey) and time.monotonic() < deadline:
            for kind, remove in KINDS.items():
                for name in journey.objects(kind):
                    subprocess.run(["docker", *remove, name], capture_output=True)
            time.sleep(2)
    finally:
        stack_file(journey.stack).unlink(missing_ok=True)
        shutil.rmtree(WORK / "build" / f"app-{journey.stack}", ignore_errors=True)
    if left := _left(journey):
        raise BenchError(f"could not be removed: {', '.join(sorted(left))}")


def _left(journey: Journey) -> set[str]:
    return {name for kind in KINDS for name in journey.objects(kind)}


def seconds(act: Callable[[], object]) -> float:
    """Wall-clock seconds of one act."""
    started = time.monotonic()
    act()
    return time.monotonic() - started
