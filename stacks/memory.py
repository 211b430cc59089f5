"""The memory that each container needs, compared with its limit.

Above its limit a container is not slowed down: the kernel kills a process in it. So everything that
the settings allow (processes, password hashes, connections, files in memory) is added up when the
topology is read. The numbers were measured on the running stack (decision 0022).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the topology's own validation imports this module
    from stacks.topology import Topology

# All sizes in MiB.
HASH = 100  # Argon2 with Django's memory_cost of 102,400 KiB
TMP = 64  # /tmp in memory counts as the container's own
# The bundled service: Gunicorn's or Celery's parent with all loaded, and each of its forks after
# 2,500 requests of all kinds (70 and 55 MiB measured).
PARENT, FORK = 72, 64
# The smallest Django process; the size of another project's is unknown.
LEAST_PARENT, LEAST_FORK = 32, 24
BEAT = 96  # 93 measured
# A PostgreSQL connection after catalogue queries, joins and a sort (3 of its own measured), and
# the server's own processes.
CONNECTION, POSTGRES_OWN = 3, 24
AUTOVACUUM_WORKERS = 3
REDIS_LEAST = 32


@dataclass(frozen=True)
class PostgresMemory:
    """How PostgreSQL divides its memory, in MiB (`work_mem` in KiB)."""

    shared_buffers: int
    maintenance_work_mem: int
    autovacuum_work_mem: int
    work_mem_kib: int


def postgres_memory(topology: "Topology") -> PostgresMemory:
    """A quarter is the cache; the connections share the rest as work memory."""
    memory, connections = topology.postgres.limits.memory, topology.postgres.max_connections
    maintenance, autovacuum = max(16, memory // 16), max(8, memory // 64)
    taken = memory // 4 + maintenance + AUTOVACUUM_WORKERS * autovacuum
    taken += connections * CONNECTION + POSTGRES_OWN
    work = (memory - taken) * 1024 // connections
    return PostgresMemory(memory // 4, maintenance, autovacuum, work)


def redis_memory(memory: int, *, durable: bool) -> int:
    """MiB of `maxmemory`. Its allocator uses up to a quarter more than it counts.

    A fork rewrites the append-only file, and pages written meanwhile exist twice: with three
    quarters a queue was killed during a rewrite under load.
    """
    return memory * 2 // 5 if durable else memory * 5 // 8


def processes_memory(topology: "Topology", component: str) -> Mapping[str, int]:
    """MiB of the Python processes of `service`, `worker` or `beat`, without password hashes."""
    bundled = topology.app.is_bundled
    if component == "beat":
        return {"its process": BEAT if bundled else LEAST_PARENT}
    number = topology.service.workers if component == "service" else topology.worker.concurrency
    parent, fork = (PARENT, FORK) if bundled else (LEAST_PARENT, LEAST_FORK)
    if component == "service" and not topology.service.preload:
        parent, fork = LEAST_PARENT, parent + fork // 2  # each loads the project by itself
    return {"the parent": parent, f"{number} processes": number * fork, "/tmp": TMP}


def password_hashes(topology: "Topology") -> int:
    """Password hashes that one process may compute at once: the setting, else as many as fit."""
    service = topology.service
    if service.password_hashes is not None:
        return service.password_hashes
    left = service.limits.memory - sum(processes_memory(topology, "service").values())
    return max(1, min(service.threads, left // (HASH * service.workers)))


def needs(topology: "Topology") -> dict[str, dict[str, int]]:
    """MiB of each need of the Python processes, by component; the edge computes its own."""
    service = topology.service
    found = {name: dict(processes_memory(topology, name)) for name in ("service", "worker", "beat")}
    hashes = password_hashes(topology)
    if topology.app.is_bundled or service.password_hashes is not None:
        said = f"password hashes, {hashes} at once in each of {service.workers} processes"
        found["service"][said] = hashes * service.workers * HASH
    return {name: promised for name, promised in found.items() if name in topology.components}


def memory_error(topology: "Topology") -> str:
    """The error for a component that needs more than its limit; else empty."""
    for component, promised in needs(topology).items():
        memory = getattr(topology, component).limits.memory
        if sum(promised.values()) > memory:
            parts = ", ".join(f"{what} {size}" for what, size in promised.items())
            return (
                f"{component}.limits.memory is {memory} MiB, and {sum(promised.values())} are"
                f" needed ({parts}): raise the limit, or lower what needs it"
            )
    postgres = topology.postgres
    if postgres_memory(topology).work_mem_kib < 1024:
        return (
            f"postgres.limits.memory is {postgres.limits.memory} MiB: a quarter for its cache,"
            f" and {CONNECTION} for each of {postgres.max_connections} connections, leave less"
            " than 1 MiB of work_mem to each: give it more, or lower postgres.max_connections"
        )
    for name in ("redis_cache", "redis_queue"):
        memory = getattr(topology, name).limits.memory
        if memory < REDIS_LEAST:
            return f"{name}.limits.memory is {memory} MiB: Redis needs {REDIS_LEAST} at least"
    return ""
