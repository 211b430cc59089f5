"""Fix the inputs of a run: read the stack's file and the sources once, for all that it starts."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stacks import inputs
from stacks.loading import load_topology, read_stack_file
from stacks.project_version import project_version
from stacks.release import image_tags
from stacks.topology import Topology


def take(stack: str) -> Topology:
    """The topology, fixed with what the sources say; in a run that has fixed it, that one."""
    if inputs.current(stack):
        return load_topology(stack)
    taken = inputs.Inputs(stack=stack, text=read_stack_file(stack))
    inputs.write(taken)
    topology = load_topology(stack)
    images, version = image_tags(topology), project_version(topology)
    inputs.write(inputs.with_sources(taken, images=images, version=version))
    return topology


def forget() -> None:
    """Remove what `take` wrote."""
    if path := os.environ.pop(inputs.VARIABLE, ""):
        shutil.rmtree(Path(path).parent, ignore_errors=True)


@contextmanager
def taken(stack: str) -> Iterator[Topology]:
    """The same for the length of a block, after which nothing is left of it."""
    try:
        yield take(stack)
    finally:
        forget()
