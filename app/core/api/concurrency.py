"""A limit on the concurrent costly requests of one account.

A rate limit does not bound how many threads the requests hold: eight searches of one account held
every thread of the service. So a costly request first takes a slot of its account, and is refused
with 429 if there is none. It never waits: a waiting request holds a thread, too.

The slots are counted in the cache's Redis, for all processes together; while it is unavailable
each process counts for itself. A slot of a process that was killed ends with its lease.
"""

import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from core.api.exceptions import TooMany
from core.redis.client import redis_client
from core.resilience import CircuitBreaker

# A slot's score is when its lease ends, by Redis's own clock: those of the servers may differ.
ACQUIRE = """
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""
RETRY_AFTER_SECONDS = 1
_lock = threading.Lock()
_local: Counter[str] = Counter()
breaker = CircuitBreaker("slots are counted by each process alone", logger="service.limits")


@contextmanager
def limit_concurrency(kind: str, *, account: int) -> Iterator[None]:
    """Hold one of the account's slots of this kind (a key of AT_ONCE) for the block.

    Raises TooMany when all of them are taken.
    """
    name = f"{settings.CACHES['limits']['KEY_PREFIX']}:at-once:{kind}:{account}"
    most = settings.AT_ONCE[kind]
    mine = secrets.token_hex(8)
    taken = _acquire(name, mine=mine, most=most)
    if taken is None:
        with _local_slot(name, most=most):
            yield
        return
    if not taken:
        raise TooMany(wait=RETRY_AFTER_SECONDS)
    try:
        yield
    finally:
        _release(name, mine=mine)


def _acquire(name: str, *, mine: str, most: int) -> bool | None:
    """Whether there was a slot; None while Redis is unavailable."""
    given = (name, most, settings.AT_ONCE_LEASE_MS, mine)
    taken = breaker.call(lambda: redis_client("cache").eval(ACQUIRE, 1, *given), fallback=None)
    return None if taken is None else bool(taken)


def _release(name: str, *, mine: str) -> None:
    """Free the slot; if Redis is unavailable, the end of its lease does."""
    breaker.call(lambda: redis_client("cache").zrem(name, mine), fallback=None)


@contextmanager
def _local_slot(name: str, *, most: int) -> Iterator[None]:
    """Hold a slot that is counted in this process only."""
    with _lock:
        if _local[name] >= most:
            raise TooMany(wait=RETRY_AFTER_SECONDS)
        _local[name] += 1
    try:
        yield
    finally:
        with _lock:
            _local[name] -= 1
            if not _local[name]:
                del _local[name]
