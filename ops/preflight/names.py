"""Check a stack's name and ports against those of the project's other stacks."""

from collections.abc import Iterator

from stacks.errors import PreflightError, UpshiftError
from stacks.loading import load_topology, stack_names
from stacks.topology import Topology


def unique_name(topology: Topology) -> str:
    """No other stack would give its containers and volumes the same names."""
    for other in _other_stacks(topology):
        if other.prefix == topology.prefix:
            raise PreflightError(
                f"two stacks have the same name: '{topology.stack}' and '{other.stack}'"
                f" would both name their objects {topology.prefix}-…",
                where="topology.name",
                hint="give one of them another name",
            )
    return f"name: {topology.prefix}"


def shared_ports(topology: Topology) -> str:
    """A warning when another stack's file has a port of this one; else empty."""
    mine = {topology.edge.http_port, topology.edge.https_port}
    for other in _other_stacks(topology):
        if both := mine & {other.edge.http_port, other.edge.https_port}:
            return (
                f"the stack '{other.stack}' also uses port {min(both)}: the two cannot run on one"
                " machine at the same time"
            )
    return ""


def _other_stacks(topology: Topology) -> Iterator[Topology]:
    """The topologies of the other stacks, except those with errors of their own."""
    for name in stack_names():
        if name == topology.stack:
            continue
        try:
            yield load_topology(name)
        except UpshiftError:
            continue  # it is reported when that stack is used
