"""The counters of rate limits: in the cache's Redis, or in this process while it is unavailable.

They are never off: without Redis each process counts for itself, so that the worst is each rate
times the number of processes, until Redis is back. A process asks Redis again every 2 s.
"""

from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

from core.resilience import CircuitBreaker

MAX_COUNTERS = 50_000  # of each process, while Redis is unavailable
breaker = CircuitBreaker("limits are counted by each process alone", logger="service.limits")


class CountersCache(RedisCache):
    """Answers django-ratelimit's `add`, and `incr` after it, in one round trip together."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        # What is full forgets: it must hold more than one client fills in one window, and stay a
        # small part of a process's memory (about 20 MiB).
        self._here = LocMemCache("limits", {"OPTIONS": {"MAX_ENTRIES": MAX_COUNTERS}})
        self._last = 0

    def add(self, key: Any, value: Any, timeout: Any = None, version: int | None = None) -> bool:
        """Count one more; True for the first one. `timeout` is the window's, in seconds."""
        self._last = self._counted(self.make_and_validate_key(key, version), seconds=int(timeout))
        return self._last == 1

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """What the last `add` has counted: this object belongs to one thread."""
        return self._last

    def _counted(self, key: str, *, seconds: int) -> int:
        count = breaker.call(lambda: self._in_redis(key, seconds=seconds), fallback=None)
        if count is not None:
            return count
        if self._here.add(key, 1, seconds):
            return 1
        return self._here.incr(key)

    def _in_redis(self, key: str, *, seconds: int) -> int:
        client: Any = self._cache.get_client(key, write=True)  # type: ignore[attr-defined]
        with client.pipeline(transaction=True) as both:
            both.set(key, 0, ex=seconds, nx=True)
            both.incr(key)
            return int(both.execute()[1])
