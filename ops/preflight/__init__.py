"""Preflight: the checks that run before anything is changed. Each only reads."""

from infra.docker import engine
from infra.docker import ports as port_check
from ops.preflight import certificate_files, edge_checks, names, project
from ops.preflight.disk import disk_space
from ops.preflight.queue_memory import queue_fits
from ops.runtime import runtime_for
from stacks.capacity import check_machine, memory_warning
from stacks.topology import Topology


def preflight(topology: Topology) -> list[str]:
    """Run every check; returns the findings. Raises PreflightError or TopologyError."""
    checks = (
        *(engine_available, machine_size, names.unique_name, project.modules_exist),
        *(certificate_files.check, disk_space, ports),
        *(edge_checks.bodies_fit, edge_checks.client_addresses, queue_fits),
    )
    return [check(topology) for check in checks]


def engine_available(topology: Topology) -> str:
    """What runs the components answers, and this user may use it."""
    return runtime_for(topology).check_available()


def machine_size(topology: Topology) -> str:
    """No component is given more CPUs or memory than the engine's machine has."""
    machine = engine.machine()
    if machine is None:
        return "machine: the engine does not report its size"
    return check_machine(topology, machine=machine)


def ports(topology: Topology) -> str:
    """The edge's ports are free, or used by this very environment."""
    return port_check.check(topology)


def warnings(topology: Topology) -> list[str]:
    """What works and should be known all the same; call it after a `preflight` that passed."""
    machine = engine.machine()
    found = [certificate_files.warning(topology), names.shared_ports(topology)]
    return [*found, memory_warning(topology, machine=machine) if machine else ""]
