"""Redis's settings, from the topology, one for each use."""

from typing import Literal

from stacks.files.templates import render
from stacks.memory import redis_memory
from stacks.topology import Topology

POLICY = {"cache": "allkeys-lru", "queue": "noeviction"}


def redis_conf(topology: Topology, *, use: Literal["cache", "queue"]) -> str:
    """redis.conf: a cache forgets the least used; a queue refuses rather than forgets.

    What is left of the container's memory is for the allocator, buffers and the rewrite.
    """
    wanted = topology.redis_cache if use == "cache" else topology.redis_queue
    memory = redis_memory(wanted.limits.memory, durable=use == "queue")
    return render("redis.conf.j2", use=use, policy=POLICY[use], memory=memory)
