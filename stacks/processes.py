"""The process limit of a container; threads count too, as in the kernel.

The limit stops a fork bomb in one container before it affects the machine.
"""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the topology's own validation imports this module
    from stacks.topology import Topology

# Beside what always runs: health commands, `ops exec`, and what a project's own code starts
# (numerical libraries start a thread for each core, in each process).
SPARE = 128
# Threads of one Python process of the service beside those that serve: the database pool's
# three workers and its scheduler, the log writer, metrics, traces.
PYTHON_THREADS = 8
# PostgreSQL beside its connections: postmaster, writers, 10 WAL senders, autovacuum, and up to
# 8 parallel workers.
POSTGRES_OWN = 32


def processes_needed(topology: "Topology", component: str) -> int:
    """Processes and threads of a component that works at its limits."""
    service, worker = topology.service, topology.worker
    if component in ("service", "release"):
        return 2 + (service.workers + 1) * (service.threads + PYTHON_THREADS)
    if component == "worker":
        return 2 + (worker.concurrency + 1) * PYTHON_THREADS
    if component == "postgres":
        return topology.postgres.max_connections + POSTGRES_OWN
    if component == "edge":
        return 4 + max(2, math.ceil(topology.edge.limits.cpus))
    return 2 + PYTHON_THREADS  # beat, and Redis with its background threads and its fork


def process_limit(topology: "Topology", component: str) -> int:
    """The most processes and threads of a component's container."""
    part = "service" if component == "release" else component.replace("-", "_")
    given: int | None = getattr(topology, part).limits.processes
    return given or processes_needed(topology, component) + SPARE


def processes_error(topology: "Topology") -> str:
    """The error for a `limits.processes` below what the component starts; else empty."""
    for component in topology.components:
        needed = processes_needed(topology, component)
        if process_limit(topology, component) < needed:
            key = component.replace("-", "_")
            return (
                f"{key}.limits.processes is {process_limit(topology, component)}, and its"
                f" processes and threads are up to {needed}: remove it, or raise it"
            )
    return ""
