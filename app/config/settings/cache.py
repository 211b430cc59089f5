"""The cache in Redis."""

from typing import Any

from config.settings.environment import ENV
from core.redis.address import Redis
from core.redis.client import OPTIONS


def at(place: Redis, *, database: int) -> dict[str, Any]:
    """The location and the client options of a cache."""
    pool = {"pool_class": "core.redis.client.PrimaryPool"} if place.sentinels else {}
    return {"LOCATION": place.url(database=database), "OPTIONS": OPTIONS["cache"] | pool}


DJANGO = "django.core.cache.backends.redis.RedisCache"
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": DJANGO,
        **at(ENV.cache, database=0),
        "KEY_PREFIX": "service",
        "TIMEOUT": 300,
    },
    # The counters of rate limits (django-ratelimit).
    "limits": {
        "BACKEND": "accounts.auth.rate_limits.counters.CountersCache",
        **at(ENV.cache, database=0),
        "KEY_PREFIX": "limits",
    },
    # The admin's sessions, in the Redis that evicts nothing.
    "sessions": {
        "BACKEND": "core.redis.session_cache.SessionCache" if ENV.queue.sentinels else DJANGO,
        **at(ENV.queue, database=3),
        "KEY_PREFIX": "session",
    },
    # The WAL position of each user's last write, for `core.db.read_your_writes`.
    "positions": {
        "BACKEND": DJANGO,
        **at(ENV.queue, database=3),
    },
}
