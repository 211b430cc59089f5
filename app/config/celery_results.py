"""Where task results are kept."""

from typing import Any

from celery.backends.redis import RedisBackend as CeleryRedisBackend


class RedisBackend(CeleryRedisBackend):
    """Clients ask for results later, in another request: the sender must not wait for them.

    Celery subscribes the sending process to each task's channel, and only `get()` ends that:
    in a web process the subscriptions would grow for ever, over a socket that threads share.
    """

    def on_task_call(self, producer: Any, task_id: str) -> dict[str, Any]:  # type: ignore[override]
        """Subscribe to nothing."""
        return {}
