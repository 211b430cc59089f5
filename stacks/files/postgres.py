"""PostgreSQL's settings, from the topology. Sizes follow the server's own manual, chapter 19.4."""

from stacks.files.templates import render
from stacks.memory import AUTOVACUUM_WORKERS, postgres_memory
from stacks.topology import Topology


def postgresql_conf(topology: Topology) -> str:
    """postgresql.conf: its memory is divided by `stacks.memory`."""
    wanted = topology.postgres
    memory, sizes = wanted.limits.memory, postgres_memory(topology)
    return render(
        "postgresql.conf.j2",
        wanted=wanted,
        sizes=sizes,
        effective_cache_size=memory * 6 // 10,
        autovacuum_workers=AUTOVACUUM_WORKERS,
        max_wal_size=max(256, memory // 2),
    )


def shared_memory(topology: Topology) -> int:
    """MiB of /dev/shm, where the workers of one query meet; the engine's own 64 are too few."""
    return max(64, topology.postgres.limits.memory // 4)


def pg_hba_conf(topology: Topology) -> str:
    """pg_hba.conf: who may connect from where; what is not named is refused."""
    wanted = topology.postgres
    return render("pg_hba.conf.j2", database=wanted.database, user=wanted.user)
