"""PostgreSQL's settings, from the topology. Sizes follow the server's own manual, chapter 19.4."""

from stacks.files.templates import render
from stacks.topology import Topology


def postgresql_conf(topology: Topology) -> str:
    """postgresql.conf: a quarter of the memory shared, the rest for the system's cache and work."""
    wanted = topology.postgres
    memory = wanted.limits.memory
    return render(
        "postgresql.conf.j2",
        wanted=wanted,
        shared_buffers=memory // 4,
        effective_cache_size=memory * 6 // 10,
        work_mem_kb=max(1024, memory * 1024 // 4 // wanted.max_connections),
        maintenance_work_mem=max(16, memory // 16),
        max_wal_size=max(256, memory // 2),
    )


def shared_memory(topology: Topology) -> int:
    """MiB of /dev/shm, where the workers of one query meet; the engine's own 64 are too few."""
    return max(64, topology.postgres.limits.memory // 4)


def pg_hba_conf(topology: Topology) -> str:
    """pg_hba.conf: who may connect from where; what is not named is refused."""
    wanted = topology.postgres
    return render("pg_hba.conf.j2", database=wanted.database, user=wanted.user)
