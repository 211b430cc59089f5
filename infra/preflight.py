"""The checks before the Pulumi program creates anything, for plain `pulumi up` too.

`ops` runs the same checks before it starts Pulumi, and sets PREFLIGHT_DONE.
"""

import os

import pulumi

from infra.docker import engine, engine_address, persistent_data, ports
from infra.process import PREFLIGHT_DONE
from stacks.capacity import check_machine, memory_warning
from stacks.errors import UpshiftError
from stacks.persistent_data import check as check_kept_data
from stacks.persistent_data import recorded
from stacks.topology import Topology


def check(topology: Topology) -> None:
    """Raises RunError, before any resource is registered."""
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
    known = recorded(persistent_data.resources(topology.stack))
    if known.has_data:
        found = persistent_data.found(topology)
        check_kept_data(topology, known=known, found=found, accepted=persistent_data.accepted())
