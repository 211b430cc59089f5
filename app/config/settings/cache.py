"""The cache in Redis."""

from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry

from config.settings.environment import ENV

# A cache that is away must cost a request a second at most.
OPTIONS = {
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "health_check_interval": 30,
    "retry": Retry(NoBackoff(), 0),
}
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "config.cached.RedisCache",
        "LOCATION": ENV.cache.url(database=0),
        "KEY_PREFIX": "service",
        "TIMEOUT": 300,
        "OPTIONS": OPTIONS,
    },
    # How often somebody has done something lately (django-ratelimit).
    "limits": {
        "BACKEND": "accounts.counters.CountersCache",
        "LOCATION": ENV.cache.url(database=0),
        "KEY_PREFIX": "limits",
        "OPTIONS": OPTIONS,
    },
    # Who is logged in to the admin. What may forget under pressure would log people out at random.
    "sessions": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": ENV.queue.url(database=3),
        "KEY_PREFIX": "session",
        "OPTIONS": OPTIONS,
    },
    # Where people's last writes ended, for `config.replica_memory`: nothing is evicted there.
    "positions": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": ENV.queue.url(database=3),
        "OPTIONS": OPTIONS,
    },
}
