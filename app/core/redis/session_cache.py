"""The admin's sessions behind Sentinels: a session that was ended stays ended after a failover."""

from typing import Any

from django.conf import settings
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

from core.redis.replication import read_from_primary, wait_for_replicas


class SessionCacheClient(RedisCacheClient):
    """Reads and deletes as `accounts.auth.sessions` does."""

    def get(self, key: Any, default: Any) -> Any:
        """The value, or the default."""
        (value,) = read_from_primary(self.get_client(key), [key])
        if value is None:
            return default
        return self._serializer.loads(value)  # type: ignore[attr-defined]

    def delete(self, key: Any) -> bool:
        """Whether there was a value. Raises RedisError when the replicas do not confirm."""
        pipe = self.get_client(key, write=True).pipeline(transaction=False)
        pipe.delete(key)
        return bool(wait_for_replicas(pipe, replicas=settings.SESSION_REPLICAS)[0])


class SessionCache(RedisCache):
    """Django's cache, with this client."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = SessionCacheClient
