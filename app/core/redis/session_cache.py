"""The admin's sessions under Sentinels: what has ended there stays so after a failover."""

from typing import Any

from django.conf import settings
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

from core.redis.read import get_from_primary
from core.redis.replication import told


class Client(RedisCacheClient):
    """Reads and ends as `accounts.auth.sessions` does."""

    def get(self, key: Any, default: Any) -> Any:
        """A value, or the default."""
        (value,) = get_from_primary(self.get_client(key), [key])
        if value is None:
            return default
        return self._serializer.loads(value)  # type: ignore[attr-defined]

    def delete(self, key: Any) -> bool:
        """Whether there was one."""
        pipe = self.get_client(key, write=True).pipeline(transaction=False)
        pipe.delete(key)
        return bool(told(pipe, replicas=settings.SESSION_REPLICAS)[0])


class SessionCache(RedisCache):
    """Django's, with this client."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = Client
