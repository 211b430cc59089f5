"""The inputs of one run, fixed at its start: the stack's file, and the tags of its images.

A run takes minutes, and several programs read its inputs: `ops`, the Pulumi program, the build
and the smoke checks. An edit meanwhile would make them differ. So the first program writes down
what it read, and the variable UPSHIFT_INPUTS gives the others that file.
"""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from stacks.topology import PROJECT

VARIABLE = "UPSHIFT_INPUTS"
RUNS = PROJECT / ".upshift" / "runs"


@dataclass(frozen=True)
class Inputs:
    """The text of a stack's file; each image's tag by its name, and the project's own version.

    The last two come from the sources, and are empty until those have been read.
    """

    stack: str
    text: str
    images: dict[str, str] = field(default_factory=dict)
    version: str = ""


def current(stack: str) -> Inputs | None:
    """The inputs of the run that this process belongs to; None outside of one."""
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    status = Path(named).stat()
    # Two writes may have the same timestamp, but not the same inode.
    found = _read(named, (status.st_mtime_ns, status.st_ino))
    return found if found.stack == stack else None


@lru_cache(maxsize=4)
def _read(path: str, _written: tuple[int, int]) -> Inputs:
    return Inputs(**json.loads(Path(path).read_text()))


def runs_of(stack: str) -> Path:
    """The folder with a folder for each run of a stack, named by the run's process id."""
    return RUNS / stack


def write(inputs: Inputs) -> Path:
    """Write them for this process and all that it starts; returns the file."""
    folder = runs_of(inputs.stack) / str(os.getpid())
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, fresh = folder / "inputs.json", folder / "inputs.json.new"
    descriptor = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(inputs), file)
    fresh.replace(path)
    os.environ[VARIABLE] = str(path)
    return path


def with_sources(inputs: Inputs, *, images: dict[str, str], version: str) -> Inputs:
    """The same inputs, once the sources have been read."""
    return replace(inputs, images=images, version=version)
