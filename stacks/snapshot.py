"""Snapshot the inputs of a run: read the stack's file and the sources once for all programs."""

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
    """The topology, after a snapshot of its inputs; within a run, that of the run's snapshot."""
    if inputs.current(stack):
        return load_topology(stack)
    taken = inputs.Inputs(stack=stack, text=read_stack_file(stack))
    inputs.write(taken)
    topology = load_topology(stack)
    images, version = image_tags(topology), project_version(topology)
    inputs.write(inputs.with_sources(taken, images=images, version=version))
    return topology


def forget() -> None:
    """Remove the snapshot."""
    if path := os.environ.pop(inputs.VARIABLE, ""):
        shutil.rmtree(Path(path).parent, ignore_errors=True)


@contextmanager
def taken(stack: str) -> Iterator[Topology]:
    """A snapshot for the block, removed at its end."""
    try:
        yield take(stack)
    finally:
        forget()
