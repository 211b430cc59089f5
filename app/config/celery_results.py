"""Where task results are kept."""

from typing import Any

from celery.backends import redis

from config.redis_client import FollowingConnection


class RedisBackend(redis.RedisBackend):
    """Clients ask for results later, in another request: the sender must not wait for them.

    Celery subscribes the sending process to each task's channel, and only `get()` ends that:
    in a web process the subscriptions would grow for ever, over a socket that threads share.
    """

    def on_task_call(self, producer: Any, task_id: str) -> dict[str, Any]:  # type: ignore[override]
        """Subscribe to nothing."""
        return {}


class SentinelBackend(RedisBackend, redis.SentinelBackend):
    """The same in the Redis that Sentinels call the primary."""

    def _get_pool(self, **params: Any) -> Any:
        following = {"connection_class": FollowingConnection, **params}
        return super()._get_pool(**following)  # type: ignore[misc]
