"""Where task results are kept."""

import logging
from typing import Any

from celery.backends import redis
from redis.exceptions import OutOfMemoryError

from core.redis.client import PrimaryConnection

logger = logging.getLogger("service.task")


class RedisBackend(redis.RedisBackend):
    """Clients ask for results later, in another request: the sender must not wait for them.

    Celery subscribes the sending process to each task's channel, and only `get()` ends that:
    in a web process the subscriptions would grow for ever, over a socket that threads share.
    """

    def on_task_call(self, producer: Any, task_id: str) -> dict[str, Any]:  # type: ignore[override]
        """Subscribe to nothing."""
        return {}

    def set(self, key: Any, value: Any, **retry_policy: Any) -> Any:
        """Keep a result. Where Redis is full it is lost: the task is done all the same."""
        try:
            return super().set(key, value, **retry_policy)
        except OutOfMemoryError:
            logger.warning("the queue's Redis is full: a result is not kept")
            return None


class SentinelBackend(RedisBackend, redis.SentinelBackend):
    """The same in the Redis that Sentinels call the primary."""

    def _get_pool(self, **params: Any) -> Any:
        options = {"connection_class": PrimaryConnection, **params}
        return super()._get_pool(**options)  # type: ignore[misc]
