"""The cache in Redis."""

from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry

from config.settings.environment import ENV
from core.redis.address import Redis

# A cache that is away must cost a request a second at most.
OPTIONS = {
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "health_check_interval": 30,
    "retry": Retry(NoBackoff(), 0),
}


def at(place: Redis, *, database: int) -> dict[str, Any]:
    """Where a cache is, and how it is asked."""
    following = {"pool_class": "core.redis.client.Following"} if place.sentinels else {}
    return {"LOCATION": place.url(database=database), "OPTIONS": OPTIONS | following}


DJANGOS = "django.core.cache.backends.redis.RedisCache"
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "core.cache.backend.RedisCache",
        **at(ENV.cache, database=0),
        "KEY_PREFIX": "service",
        "TIMEOUT": 300,
    },
    # How often somebody has done something lately (django-ratelimit).
    "limits": {
        "BACKEND": "accounts.auth.rate_limit_cache.CountersCache",
        **at(ENV.cache, database=0),
        "KEY_PREFIX": "limits",
    },
    # Who is logged in to the admin. What may forget under pressure would log people out at random.
    "sessions": {
        "BACKEND": "core.redis.session_cache.SessionCache" if ENV.queue.sentinels else DJANGOS,
        **at(ENV.queue, database=3),
        "KEY_PREFIX": "session",
    },
    # Where people's last writes ended, for `core.db.read_your_writes`: nothing is evicted there.
    "positions": {
        "BACKEND": DJANGOS,
        **at(ENV.queue, database=3),
    },
}
