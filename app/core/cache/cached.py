"""Declared caches: finished bytes in Redis, the same for every client that may see them.

The key contains everything that the value depends on, and a version that changes in the same
transaction as the rows. So nothing is ever invalidated: after a change the key is another one,
and the old value ends with its TTL. Decision 0039 says why.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.views import View
from rest_framework.request import Request

from core.db import routing
from core.observability import metrics, request_stats
from core.redis.client import redis_client
from core.resilience import CircuitBreaker

MAX_BYTES = 1_000_000
LOCK_SECONDS = 5.0  # after this time another request may compute
WAIT_SECONDS = 1.0
POLL_SECONDS = 0.01
UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"
Compute = Callable[[], bytes]
breaker = CircuitBreaker("the cache is unavailable", logger="service.cache")


@dataclass(frozen=True, kw_only=True)
class Cached:
    """One cache: `name` begins its keys and is its label in the metrics, `seconds` is the TTL."""

    name: str
    seconds: float

    def get_or_compute(self, key: str, *, compute: Compute) -> bytes:
        """Return the value of the key; where there is none, one request computes it.

        The others wait for it, for WAIT_SECONDS at most. Without Redis each request computes, and
        Redis costs one of them a second. Raises what `compute` raises, and TypeError for a
        computation that holds a request.
        """
        refuse_requests(compute)
        name, token = self.redis_key(key), secrets.token_bytes(16)
        deadline = time.monotonic() + WAIT_SECONDS
        locked = False
        while (value := _get(name)) is None:
            # A request that has just got the lock looks again: the value may be there by now.
            if locked or breaker.is_open or time.monotonic() > deadline:
                break
            locked = _lock(name, token=token)
            if not locked:
                time.sleep(POLL_SECONDS)
        try:
            self._count(hit=value is not None)
            return self._computed(name, compute=compute) if value is None else value
        finally:
            if locked:
                _unlock(name, token=token)

    def redis_key(self, key: str) -> str:
        """The key in Redis."""
        return f"{settings.CACHES['default']['KEY_PREFIX']}:{self.name}:{key}"

    def _computed(self, name: str, *, compute: Compute) -> bytes:
        """Compute from the primary's rows, which are at least as new as the key's version."""
        with routing.from_primary():
            value = compute()
        if len(value) <= MAX_BYTES:
            milliseconds = int(self.seconds * 1000)
            breaker.call(
                lambda: redis_client("cache").set(name, value, px=milliseconds), fallback=None
            )
        return value

    def _count(self, *, hit: bool) -> None:
        if stats := request_stats.current():
            stats.cache_hits += hit
            stats.cache_misses += not hit
        metrics.count_cache_key(family=self.name, is_hit=hit)


def _get(name: str) -> bytes | None:
    value: bytes | None = breaker.call(lambda: redis_client("cache").get(name), fallback=None)
    return value


def _lock(name: str, *, token: bytes) -> bool:
    milliseconds = int(LOCK_SECONDS * 1000)
    return bool(
        breaker.call(
            lambda: redis_client("cache").set(f"{name}:lock", token, px=milliseconds, nx=True),
            fallback=None,
        )
    )


def _unlock(name: str, *, token: bytes) -> None:
    """Delete the lock, unless it has expired and belongs to another request now."""
    breaker.call(
        lambda: redis_client("cache").eval(UNLOCK, 1, f"{name}:lock", token), fallback=None
    )


def refuse_requests(compute: Any) -> None:
    """Raise TypeError for a computation that holds a request: its answer could be personal."""
    held = [cell.cell_contents for cell in getattr(compute, "__closure__", None) or ()]
    held += [*getattr(compute, "args", ()), *getattr(compute, "keywords", {}).values()]
    held.append(getattr(compute, "__self__", None))
    if any(isinstance(each, HttpRequest | Request | View) for each in held):
        raise TypeError("what is cached for all must not know the request")
