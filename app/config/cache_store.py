"""The cache's Redis, as declared caches use it: nothing here raises.

Where Redis is away, reads are not even tried for a moment, and the database answers. An event is
always tried; one that could not be told is owed, and paid before this process reads again.
"""

import logging
import os
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

from config.redis_client import connect
from config.redis_read import mget

logger = logging.getLogger("service.cache")

AWAY_SECONDS = 2.0
MARK_SECONDS = 86_400  # a mark that is gone ends what it was for; it never revives anything
OWED_AT_MOST = 10_000
UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"
_away_until = 0.0
_owed: set[str] = set()


@lru_cache(maxsize=4)
def _client(url: str) -> Any:
    options = {**settings.CACHES["default"]["OPTIONS"]}
    options.pop("pool_class", None)  # Django's word
    return connect(url, **options)


def client() -> Any:
    """The Redis that the settings name; one pool for all threads."""
    return _client(settings.CACHES["default"]["LOCATION"])


def new_mark() -> bytes:
    """Never seen before: a count could come again after Redis forgot it."""
    return os.urandom(16)


def _away(error: redis.RedisError) -> None:
    """Leave it alone for a moment; said once in that time."""
    global _away_until
    now = time.monotonic()
    if now >= _away_until:
        _away_until = now + AWAY_SECONDS
        logger.warning("the cache is away", extra={"reason": type(error).__name__})


def _pay() -> None:
    """Tell the events that are owed."""
    for name in list(_owed):
        client().set(name, new_mark(), ex=MARK_SECONDS)
        _owed.discard(name)


def read(names: Sequence[str]) -> list[bytes | None] | None:
    """The values, in one round trip; None while Redis is away."""
    if time.monotonic() < _away_until:
        return None
    try:
        if _owed:
            _pay()
        found: list[bytes | None] = mget(client(), names)
        return found
    except redis.RedisError as error:
        _away(error)
        return None


def mark(name: str) -> None:
    """An event has happened: everything that was computed before ends."""
    try:
        client().set(name, new_mark(), ex=MARK_SECONDS)
    except redis.RedisError as error:
        if len(_owed) < OWED_AT_MOST:
            _owed.add(name)
        _away(error)


def marks(names: Sequence[str], *, known: Sequence[bytes | None]) -> list[bytes] | None:
    """The marks of events; where none is known yet, one is made. None: Redis is away."""
    result = []
    try:
        for name, value in zip(names, known, strict=True):
            if value is None:
                fresh = new_mark()
                value = client().set(name, fresh, ex=MARK_SECONDS, nx=True, get=True) or fresh
            result.append(value)
    except redis.RedisError as error:
        _away(error)
        return None
    return result


def lock(name: str, *, seconds: float) -> bytes | None:
    """The proof that the lock is ours, or None. Where Redis is away everybody has it."""
    ours = new_mark()
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
