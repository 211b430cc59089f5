"""The counters of rate limits: in the cache's Redis, or in this process while it is unavailable.

Rate limits are never off: without Redis each process counts for itself, so that at worst each rate
applies once for each process until Redis is back.
"""

from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

from core.resilience import CircuitBreaker

MAX_COUNTERS = 50_000  # in each process, about 20 MiB: more than one client fills in one window
breaker = CircuitBreaker("limits are counted by each process alone", logger="service.limits")


class CountersCache(RedisCache):
    """The cache of django-ratelimit, which calls `add` and then `incr`: one round trip for both."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._local = LocMemCache("limits", {"OPTIONS": {"MAX_ENTRIES": MAX_COUNTERS}})
        self._last = 0

    def add(self, key: Any, value: Any, timeout: Any = None, version: int | None = None) -> bool:
        """Count one more; True for the first one. `timeout` is the window in seconds."""
        key, seconds = self.make_and_validate_key(key, version), int(timeout)
        count = breaker.call(lambda: self._count_in_redis(key, seconds=seconds), fallback=None)
        self._last = self._count_locally(key, seconds=seconds) if count is None else count
        return self._last == 1

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """The count of the last `add`: this object belongs to one thread."""
        return self._last

    def _count_locally(self, key: str, *, seconds: int) -> int:
        return 1 if self._local.add(key, 1, seconds) else self._local.incr(key)

    def _count_in_redis(self, key: str, *, seconds: int) -> int:
        client: Any = self._cache.get_client(key, write=True)  # type: ignore[attr-defined]
        with client.pipeline(transaction=True) as pipe:
            pipe.set(key, 0, ex=seconds, nx=True)
            pipe.incr(key)
            return int(pipe.execute()[1])
