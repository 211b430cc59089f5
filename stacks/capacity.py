"""Check a topology's limits against the machine's CPUs and memory.

Docker refuses a container with more CPUs than the machine has, after Pulumi has already deleted the
old one. So both `ops` and the Pulumi program check this first.
"""

from dataclasses import dataclass

from stacks.errors import PreflightError
from stacks.topology import Topology
from stacks.topology.limits import Limits

RESERVE = 256  # MiB for the kernel, the engine and other programs


@dataclass(frozen=True)
class Machine:
    """The engine's machine: how many CPUs it has, and its memory in MiB."""

    cpus: int
    memory: int


def limits_of(topology: Topology) -> dict[str, Limits]:
    """Each component's limits by the component's name."""
    return {name: getattr(topology, name.replace("-", "_")).limits for name in topology.components}


def check_machine(topology: Topology, *, machine: Machine) -> str:
    """The result, in a line. Raises PreflightError, naming the key that is too large."""
    for component, limits in limits_of(topology).items():
        key = f"topology.{component.replace('-', '_')}.limits"
        if limits.cpus > machine.cpus:
            raise PreflightError(
                f"{key}.cpus is {limits.cpus:g}, and the engine's machine has {machine.cpus}:"
                " Docker would refuse the container; nothing was changed",
                where=f"{key}.cpus",
                hint=f"set it to {machine.cpus:g} or less, or use a machine with more CPUs",
            )
        if limits.memory > machine.memory:
            raise PreflightError(
                f"{key}.memory is {limits.memory} MiB, and the engine's machine has"
                f" {machine.memory} MiB; nothing was changed",
                where=f"{key}.memory",
                hint="lower it, or use a machine with more memory",
            )
    return f"machine: {machine.cpus} CPUs, {machine.memory} MiB"


def memory_promised(topology: Topology) -> int:
    """MiB that the running components may use together."""
    return sum(limits.memory for limits in limits_of(topology).values())


def memory_warning(topology: Topology, *, machine: Machine) -> str:
    """The warning when the limits together exceed the machine's memory; else empty."""
    available = machine.memory - RESERVE
    always, release = memory_promised(topology), topology.peak_memory
    if release <= available:
        return ""
    when = "together" if always > available else "while a release takes over"
    return (
        f"the components may use {always if always > available else release} MiB {when}, and the"
        f" machine has {machine.memory} MiB ({RESERVE} of them for the system): when all of them"
        " reach their limits, the kernel kills one; lower topology.*.limits.memory"
    )
