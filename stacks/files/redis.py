"""Redis's settings, from the topology, one for each use."""

from typing import Literal

from stacks.files.templates import render
from stacks.topology import Topology

POLICY = {"cache": "allkeys-lru", "queue": "noeviction"}


def redis_conf(topology: Topology, *, use: Literal["cache", "queue"]) -> str:
    """redis.conf: a cache forgets the least used; a queue refuses rather than forgets.

    A quarter of the container's memory is left for buffers and the append-only file's rewrite.
    """
    wanted = topology.redis_cache if use == "cache" else topology.redis_queue
    memory = wanted.limits.memory * 3 // 4
    return render("redis.conf.j2", use=use, policy=POLICY[use], memory=memory)
