"""Django's Redis cache, which says what it knew."""

from collections.abc import Iterable
from typing import Any

from django.core.cache.backends.redis import RedisCache as DjangoRedisCache

from core.observability import metrics, request_stats

_NOTHING = object()
OTHER = "other"
FAMILIES_AT_MOST = 50
_families: set[str] = set()


def family_of(key: str) -> str:
    """What stands before the first colon: `notes` of `notes:recent:1`.

    A key without one is no name of ours (a session's, say), and families are limited: a key is
    often made from an id, and each label costs Prometheus a series.
    """
    name, colon, _ = key.partition(":")
    if not colon or not name.isidentifier() or len(name) > 40:
        return OTHER
    if name not in _families:
        if len(_families) >= FAMILIES_AT_MOST:
            return OTHER
        _families.add(name)
    return name


def count(key: str, *, hits: int, misses: int) -> None:
    """Write into the open ledger, and for Prometheus."""
    if opened := request_stats.current():
        opened.cache_hits += hits
        opened.cache_misses += misses
    metrics.cache_asked(family=family_of(key), hits=hits, misses=misses)


class RedisCache(DjangoRedisCache):
    """Counts what is asked with `get` and `get_many`."""

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """The value, or the default."""
        found = super().get(key, _NOTHING, version)
        hit = found is not _NOTHING
        count(str(key), hits=int(hit), misses=int(not hit))
        return found if hit else default

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        """What there is of the keys."""
        asked = list(keys)
        found: dict[Any, Any] = super().get_many(asked, version)
        if asked:
            count(str(asked[0]), hits=len(found), misses=len(asked) - len(found))
        return found
