"""Check that the queue's data fits the memory that its Redis is to have."""

import math
import re

from ops.runtime import runtime_for
from stacks.errors import PreflightError
from stacks.memory import redis_memory
from stacks.topology import Topology

MIB = 1024 * 1024
INFO = 'REDISCLI_AUTH="$(cut -d" " -f2 /run/upshift/auth.conf)" redis-cli info memory'


def queue_fits(topology: Topology) -> str:
    """The running queue uses less than the `maxmemory` of the topology.

    Above it Redis refuses every write: no login, no task. Raises PreflightError.
    """
    memory = topology.redis_queue.limits.memory
    limit = redis_memory(memory, durable=True)
    info = runtime_for(topology).output_of("redis-queue", ["sh", "-c", INFO])
    found = re.search(r"^used_memory:(\d+)", info or "", re.MULTILINE)
    if found is None:
        return "queue: not running, its size was not checked"
    used = math.ceil(int(found[1]) / MIB)
    if used > limit:
        raise PreflightError(
            f"the queue uses {used} MiB, and with {memory} MiB of memory its Redis may use"
            f" {limit} MiB: it would refuse every write; nothing was changed",
            where="topology.redis_queue.limits.memory",
            hint="raise it, or wait until the workers have emptied the queue",
        )
    return f"queue: {used} of {limit} MiB"
