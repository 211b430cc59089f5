"""What reads notes."""

import logging
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from redis.exceptions import RedisError

from notes.models import Note

logger = logging.getLogger("service.notes")

RECENT_KEY = "notes:recent:1"
RECENT_COUNT = 20
RECENT_SECONDS = 10


def all_notes() -> QuerySet[Note]:
    """Every note, the newest first."""
    return Note.objects.order_by("-id")


def recent_notes() -> list[dict[str, Any]]:
    """The newest notes, up to 10 s old. Without the cache they come from the database."""
    try:
        if (found := cache.get(RECENT_KEY)) is not None:
            return list(found)
    except RedisError as error:
        logger.warning("the cache is away", extra={"reason": type(error).__name__})
        return _recent_from_database()
    fresh = _recent_from_database()
    try:
        cache.set(RECENT_KEY, fresh, timeout=RECENT_SECONDS)
    except RedisError as error:
        logger.warning("the cache is away", extra={"reason": type(error).__name__})
    return fresh


def _recent_from_database() -> list[dict[str, Any]]:
    fields = ("id", "title", "body", "created_at", "updated_at")
    return list(all_notes().values(*fields)[:RECENT_COUNT])
