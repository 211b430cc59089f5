"""The one place where Redis clients are made: a single server, or the primary behind Sentinels.

The Sentinels are asked when a connection is made, and never on one that works. A client that was
disconnected, or whose server became read-only, asks them again. While a new primary is being
elected there is none, which is an error like any other of an unavailable Redis.
"""

from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import OutOfMemoryError, ResponseError
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool, SentinelManagedConnection

from core.redis.address import sentinel_options

# A server that does not answer within a second is unavailable. Nothing is retried: a script that
# ran, and whose answer was lost, must not run again.
NO_RETRIES: dict[str, Any] = {
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "health_check_interval": 30,
    "retry": Retry(NoBackoff(), 0),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "cache": NO_RETRIES,
    "broker": NO_RETRIES,  # health checks and metrics; Celery's own are in `CELERY`
    "durable": NO_RETRIES | {"decode_responses": True},
    "lock": {"socket_timeout": 2, "socket_connect_timeout": 2},
}
# A worker waits for messages on a blocking read, so that its timeouts are longer.
CELERY: dict[str, Any] = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
# What a primary without replicas says, and one that has just become a replica.
NOT_PRIMARY = ("NOREPLICAS Not enough", "UNBLOCKED force unblock")


def redis_client(use: str) -> Any:
    """The client for one of the uses in `OPTIONS`, at the address that the settings name.

    `cache` may be evicted; `durable` holds sessions, `broker` the queue, `lock` beat's lock.
    """
    addresses = {
        "cache": settings.CACHES["default"]["LOCATION"],
        "durable": settings.AUTH_STORE_URL,
        "broker": settings.QUEUE_URL,
        "lock": settings.BEAT_LOCK_URL,
    }
    return connect(addresses[use], use=use)


@cache
def connect(url: str, *, use: str) -> Any:
    """A client of the server, or of the primary, at this address; one pool for all threads."""
    if uses_sentinels(url):
        return redis.Redis(connection_pool=PrimaryPool.from_url(url, **OPTIONS[use]))
    return redis.Redis.from_url(url, **OPTIONS[use])


def uses_sentinels(url: str) -> bool:
    """Whether the address is one of Sentinels, as `core.redis.address` writes it."""
    return urlsplit(url).scheme == "sentinel"


class PrimaryConnection(SentinelManagedConnection):
    """A server that may not write counts as unavailable: the Sentinels are asked again."""

    def read_response(self, *args: Any, **options: Any) -> Any:
        """One answer. Raises redis's ConnectionError for a server that is no primary."""
        try:
            return super().read_response(*args, **options)
        except ResponseError as error:
            if not any(words in str(error) for words in NOT_PRIMARY):
                raise
            self.disconnect()  # type: ignore[no-untyped-call]
            raise redis.ConnectionError("The server is no primary, or has no replicas.") from error


class PrimaryPool(SentinelConnectionPool):
    """Connections to the primary that the Sentinels name."""

    @classmethod
    def from_url(cls, url: str, **options: Any) -> "PrimaryPool":
        """The pool for an address of `core.redis.address`; Django's cache calls this, too."""
        address = urlsplit(url)
        password, _, hosts = address.netloc.rpartition("@")
        servers = (each.rpartition(":") for each in hosts.split("+"))
        query = parse_qs(address.query)
        sentinels = Sentinel(  # type: ignore[no-untyped-call]
            [(host, int(port)) for host, _, port in servers],
            sentinel_kwargs=sentinel_options(query.get("secret", [""])[0]),
        )
        return cls(
            query["name"][0],
            sentinels,
            db=int(address.path.removeprefix("/")),
            password=unquote(password.removeprefix(":")),
            connection_class=PrimaryConnection,
            **options,
        )


def is_full(error: BaseException | None) -> bool:
    """Whether a Redis has refused a write because its memory is full, at any depth of causes."""
    while error is not None:
        if isinstance(error, OutOfMemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False
