"""What must be true before the Pulumi program makes anything, for plain `pulumi up` too.

`ops` looks at the same things first, and says with PREFLIGHT_DONE that it has.
"""

import os

import pulumi

from infra.docker import engine, engine_address, kept_data, ports
from infra.process import PREFLIGHT_DONE
from stacks.capacity import check_machine, memory_warning
from stacks.errors import UpshiftError
from stacks.kept_data import check as check_kept_data
from stacks.kept_data import recorded
from stacks.topology import Topology


def check(topology: Topology) -> None:
    """Raises RunError with what is wrong, before any resource is registered."""
    if os.environ.get(PREFLIGHT_DONE) == topology.stack:
        return
    try:
        engine_address.refuse_two_engines()
        machine = engine.machine()
        if machine:
            check_machine(topology, machine=machine)
            if warning := memory_warning(topology, machine=machine):
                pulumi.log.warn(warning)
        if not pulumi.runtime.is_dry_run():
            ports.check(topology)
        _check_data(topology)
    except UpshiftError as error:
        raise pulumi.RunError(str(error)) from error


def _check_data(topology: Topology) -> None:
    known = recorded(kept_data.resources(topology.stack))
    if known.has_data:
        found = kept_data.found(topology)
        check_kept_data(topology, known=known, found=found, accepted=kept_data.accepted())
