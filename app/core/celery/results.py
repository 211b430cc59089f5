"""Celery's result backend in Redis.

It overrides methods of Celery that are not public (tests/app/test_private_apis.py).
"""

import logging
from typing import Any

from celery.backends import redis
from redis.exceptions import OutOfMemoryError

from core.redis.client import PrimaryConnection

logger = logging.getLogger("service.task")


class RedisBackend(redis.RedisBackend):
    """Does not subscribe the sender: a client asks for a result in a later request.

    By default Celery subscribes the sending process to the channel of each task, and only `get()`
    ends that: the subscriptions of a web process would grow without bound.
    """

    def on_task_call(self, producer: Any, task_id: str) -> dict[str, Any]:  # type: ignore[override]
        """Subscribe to nothing."""
        return {}

    def set(self, key: Any, value: Any, **retry_policy: Any) -> Any:
        """Store a result; a full Redis loses it, but the task is done all the same."""
        try:
            return super().set(key, value, **retry_policy)
        except OutOfMemoryError:
            logger.warning("the queue's Redis is full: a result is not stored")
            return None


class SentinelBackend(RedisBackend, redis.SentinelBackend):
    """The same in the primary that the Sentinels name."""

    def _get_pool(self, **params: Any) -> Any:
        options = {"connection_class": PrimaryConnection, **params}
        return super()._get_pool(**options)  # type: ignore[misc]
