"""The cache's Redis, as declared caches use it: nothing here raises.

Where it is away, reads are not even tried for a moment, and the database answers.
"""

import logging
import secrets
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

from core.redis.client import connect
from core.redis.read import mget

logger = logging.getLogger("service.cache")

AWAY_SECONDS = 2.0
UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"
_away_until = 0.0


@lru_cache(maxsize=4)
def _client(url: str) -> Any:
    options = {**settings.CACHES["default"]["OPTIONS"]}
    options.pop("pool_class", None)  # Django's word
    return connect(url, **options)


def client() -> Any:
    """The Redis that the settings name; one pool for all threads."""
    return _client(settings.CACHES["default"]["LOCATION"])


def _away(error: redis.RedisError) -> None:
    """Leave it alone for a moment; said once in that time."""
    global _away_until
    now = time.monotonic()
    if now >= _away_until:
        _away_until = now + AWAY_SECONDS
        logger.warning("the cache is away", extra={"reason": type(error).__name__})


def read(names: Sequence[str]) -> list[bytes | None] | None:
    """The values, in one round trip; None while Redis is away."""
    if time.monotonic() < _away_until:
        return None
    try:
        found: list[bytes | None] = mget(client(), names)
        return found
    except redis.RedisError as error:
        _away(error)
        return None


def lock(name: str, *, seconds: float) -> bytes | None:
    """The proof that the lock is ours, or None. Where Redis is away everybody has it."""
    ours = secrets.token_bytes(16)
    try:
        taken = client().set(f"{name}:lock", ours, px=int(seconds * 1000), nx=True)
    except redis.RedisError as error:
        _away(error)
        return ours
    return ours if taken else None


def put(name: str, value: bytes, *, seconds: float) -> None:
    """Keep a value."""
    try:
        client().set(name, value, px=int(seconds * 1000))
    except redis.RedisError as error:
        _away(error)


def unlock(name: str, *, ours: bytes) -> None:
    """Give back what `lock` gave, unless it has ended and is another's now."""
    try:
        client().eval(UNLOCK, 1, f"{name}:lock", ours)
    except redis.RedisError as error:
        _away(error)
