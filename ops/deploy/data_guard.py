"""Refuse an `up` whose data is missing or has another name, before anything is created."""

import os
from collections.abc import Collection

from infra.docker import persistent_data
from ops.engine.state import State
from stacks.data_commands import ACCEPTED_VARIABLE
from stacks.persistent_data import Found, check, recorded
from stacks.topology import Topology


def accept(names: Collection[str]) -> None:
    """Let the data of these names be missing in this run, in the Pulumi program too."""
    if names:
        os.environ[ACCEPTED_VARIABLE] = ",".join(sorted(names))


def check_data(topology: Topology, *, state: State) -> str:
    """The result, in a line. Raises PreflightError where data is missing or has another name."""
    known = recorded(state.resources)
    accepted = persistent_data.accepted()
    if not known.has_data:
        return check(topology, known=known, found=Found(volumes=()), accepted=accepted)
    return check(topology, known=known, found=persistent_data.found(topology), accepted=accepted)
