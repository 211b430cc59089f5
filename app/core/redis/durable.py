"""The Redis where nothing is evicted: for sessions, and for the marks of events.

Both are in one database of it, so that whoever asks for a session can ask for marks with it.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.redis.client import connect, followed
from core.redis.read import get_from_primary, mget

# Nothing is retried: a script that ran, and whose answer was lost, must not run again. A server
# that is silent for a second is away, and by nobody who cannot be checked anyone is let in.
OPTIONS: dict[str, Any] = {
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "health_check_interval": 30,
    "decode_responses": True,
    "retry": Retry(NoBackoff(), 0),
}


@lru_cache(maxsize=4)
def at(url: str) -> Any:
    """A client; one pool for all threads."""
    return connect(url, **OPTIONS)


def client() -> Any:
    """The one that the settings name."""
    return at(settings.AUTH_STORE_URL)


def read(names: Sequence[str], *, url: str = "") -> list[str | None]:
    """The values, in one round trip. Raises RedisError."""
    place = url or settings.AUTH_STORE_URL
    return (get_from_primary if followed(place) else mget)(at(place), names)
