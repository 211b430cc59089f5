"""Whether a machine can give what a topology asks of it: its CPUs and its memory.

Docker refuses a container that asks for more CPUs than there are, and Pulumi has deleted the
container before it by then. So both `ops` and the Pulumi program ask here first.
"""

from dataclasses import dataclass

from stacks.errors import PreflightError
from stacks.topology import Topology
from stacks.topology.limits import Limits

RESERVE = 256  # MiB for the kernel, the engine and what else a server runs


@dataclass(frozen=True)
class Machine:
    """The engine's machine: how many CPUs it has, and its memory in MiB."""

    cpus: int
    memory: int


def limits_of(topology: Topology) -> dict[str, Limits]:
    """Each component's limits by the component's name."""
    return {name: getattr(topology, name.replace("-", "_")).limits for name in topology.components}


def check_machine(topology: Topology, *, machine: Machine) -> str:
    """What was found, in a line. Raises PreflightError naming the key that asks for too much."""
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
                hint="set a limit that the machine can keep, or use a machine with more memory",
            )
    return f"machine: {machine.cpus} CPUs, {machine.memory} MiB"


def memory_promised(topology: Topology) -> int:
    """MiB that the running components may use together."""
    return sum(limits.memory for limits in limits_of(topology).values())


def memory_warning(topology: Topology, *, machine: Machine) -> str:
    """What to say when the limits together are above the machine's memory; empty when they fit."""
    room = machine.memory - RESERVE
    always, release = memory_promised(topology), topology.peak_memory
    if release <= room:
        return ""
    when = "together" if always > room else "while a release takes over"
    return (
        f"the components may use {always if always > room else release} MiB {when}, and the"
        f" machine has {machine.memory} MiB ({RESERVE} of them for the system): when all of them"
        " use what they may, the kernel ends one; lower topology.*.limits.memory"
    )
