"""A client of the queue's Redis, for health checks and metrics."""

from functools import cache

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.redis.client import connect


@cache
def queue_client() -> Redis:
    """Return the client. It waits for a second at most, and does not retry."""
    timeouts = {"socket_timeout": 1, "socket_connect_timeout": 1}
    client: Redis = connect(settings.QUEUE_URL, **timeouts, retry=Retry(NoBackoff(), 0))
    return client
