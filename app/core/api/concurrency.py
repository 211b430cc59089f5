"""How many costly requests of one account run at the same time.

A rate says how often; it does not say that each request holds a thread and a processor for a
while. Eight searches of one account held every thread of the service (issue 10, number 27). So a
costly request takes a slot of its account first, and is refused with 429 when there is none. It
is never made to wait: a request that waits holds a thread too.

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
TAKE = """
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""
WAIT = 1  # seconds, as Retry-After
_lock = threading.Lock()
_here: Counter[str] = Counter()
breaker = CircuitBreaker("slots are counted by each process alone", logger="service.limits")


@contextmanager
def limit_concurrency(kind: str, *, account: int) -> Iterator[None]:
    """Hold one of the account's slots of this kind (a key of AT_ONCE) for the block.

    Raises TooMany when all of them are taken.
    """
    name = f"{settings.CACHES['limits']['KEY_PREFIX']}:at-once:{kind}:{account}"
    most = settings.AT_ONCE[kind]
    mine = secrets.token_hex(8)
    taken = _take(name, mine=mine, most=most)
    if taken is None:
        with _slot_here(name, most=most):
            yield
        return
    if not taken:
        raise TooMany(wait=WAIT)
    try:
        yield
    finally:
        _give_back(name, mine=mine)


def _take(name: str, *, mine: str, most: int) -> bool | None:
    """Whether there was a slot; None while Redis is unavailable."""
    given = (name, most, settings.AT_ONCE_LEASE_MS, mine)
    taken = breaker.call(lambda: redis_client("cache").eval(TAKE, 1, *given), fallback=None)
    return None if taken is None else bool(taken)


def _give_back(name: str, *, mine: str) -> None:
    """Free the slot; if Redis is unavailable, the end of its lease does."""
    breaker.call(lambda: redis_client("cache").zrem(name, mine), fallback=None)


@contextmanager
def _slot_here(name: str, *, most: int) -> Iterator[None]:
    """The same, counted in this process alone."""
    with _lock:
        if _here[name] >= most:
            raise TooMany(wait=WAIT)
        _here[name] += 1
    try:
        yield
    finally:
        with _lock:
            _here[name] -= 1
            if not _here[name]:
                del _here[name]
