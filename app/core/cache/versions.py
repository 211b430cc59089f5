"""The marks of events: nothing here raises.

They are where nothing is evicted. Where that is away, reads are not even tried for a moment, and
the database answers. An event is always tried; one that could not be told is owed, and paid before
this process reads again.
"""

import logging
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import redis

from core.redis import durable

logger = logging.getLogger("service.cache")

AWAY_SECONDS = 2.0
KEPT_SECONDS = 86_400  # a mark that is gone ends what it was for; it never revives anything
OWED_AT_MOST = 10_000
LENGTH = 16  # characters, all of them ASCII
_away_until = 0.0
_owed: set[str] = set()


def new() -> str:
    """Never seen before: a count could come again after Redis forgot it."""
    return secrets.token_urlsafe(LENGTH * 3 // 4)


def _away(error: redis.RedisError) -> None:
    """Leave it alone for a moment; said once in that time."""
    global _away_until
    now = time.monotonic()
    if now >= _away_until:
        _away_until = now + AWAY_SECONDS
        logger.warning("the marks are away", extra={"reason": type(error).__name__})


def owed() -> bool:
    """Whether there is an event that could not be told yet: marks that were read tell nothing."""
    return bool(_owed)


def _pay() -> None:
    """Tell the events that are owed."""
    for name in list(_owed):
        durable.client().set(name, new(), ex=KEPT_SECONDS)
        _owed.discard(name)


def read(names: Sequence[str]) -> list[str | None] | None:
    """The marks, in one round trip; None while they are away."""
    if time.monotonic() < _away_until:
        return None
    try:
        if _owed:
            _pay()
        return durable.read(names)
    except redis.RedisError as error:
        _away(error)
        return None


def change(name: str) -> None:
    """An event has happened: everything that was computed before ends."""
    try:
        durable.client().set(name, new(), ex=KEPT_SECONDS)
    except redis.RedisError as error:
        if len(_owed) < OWED_AT_MOST:
            _owed.add(name)
        _away(error)


def made(names: Sequence[str], *, known: Sequence[str | None]) -> list[str] | None:
    """All marks: one is made where none is known yet. None while they are away."""
    result = []
    try:
        for name, value in zip(names, known, strict=True):
            if value is None:
                fresh = new()
                kept = durable.client().set(name, fresh, ex=KEPT_SECONDS, nx=True, get=True)
                value = kept or fresh
            result.append(value)
    except redis.RedisError as error:
        _away(error)
        return None
    return result


@contextmanager
def needed(names: Sequence[str], *, known: Sequence[str | None]) -> Iterator[None]:
    """Around a computation whose marks were just made: those that were not `known` before go when
    it fails. Else whoever asks for what does not exist, one number after another, would fill the
    Redis where nothing is evicted.
    """
    try:
        yield
    except Exception:
        fresh = [name for name, mark in zip(names, known, strict=False) if mark is None]
        with suppress(redis.RedisError):  # they end by themselves
            if fresh:
                durable.client().delete(*fresh)
        raise
