"""The way to a Redis: one server, or whichever one its Sentinels call the primary now.

The Sentinels are asked when a connection is made, and never on one that works: whoever was cut
off, or was told that its server only reads now, asks them anew. While a new primary is being
chosen there is none, and that is an error like any other of a Redis that is away.
"""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import redis
from redis.exceptions import ConnectionError as Away
from redis.exceptions import OutOfMemoryError, ResponseError
from redis.sentinel import Sentinel, SentinelConnectionPool, SentinelManagedConnection

from core.redis.address import asking

SENTINELS = "sentinel"  # sentinel://:password@one:26379+two:26379/2?name=queue&secret=theirs


def connect(url: str, **options: Any) -> Any:
    """A client of the server, or of the servers, that the address names."""
    if not followed(url):
        return redis.Redis.from_url(url, **options)
    return redis.Redis(connection_pool=Following.from_url(url, **options))


def followed(url: str) -> bool:
    """Whether Sentinels say where it is."""
    return urlsplit(url).scheme == SENTINELS


# Of a primary that was cut off from its replicas, and of one that has just become a replica.
NO_PRIMARY = ("NOREPLICAS Not enough", "UNBLOCKED force unblock")


class FollowingConnection(SentinelManagedConnection):
    """A server that may not write counts as one that is away: the Sentinels are asked anew."""

    def read_response(self, *args: Any, **options: Any) -> Any:
        """One answer."""
        try:
            return super().read_response(*args, **options)
        except ResponseError as error:
            if not any(words in str(error) for words in NO_PRIMARY):
                raise
            self.disconnect()  # type: ignore[no-untyped-call]
            raise Away("The server is no primary, or has no replicas.") from error


class Following(SentinelConnectionPool):
    """Connections to the primary."""

    @classmethod
    def from_url(cls, url: str, **options: Any) -> "Following":
        """Django's cache makes its pools by this, too."""
        place = urlsplit(url)
        password, _, hosts = place.netloc.rpartition("@")
        servers = (each.rpartition(":") for each in hosts.split("+"))
        given = parse_qs(place.query)
        sentinels = Sentinel(  # type: ignore[no-untyped-call]
            [(host, int(port)) for host, _, port in servers],
            sentinel_kwargs=asking(given.get("secret", [""])[0]),
        )
        return cls(
            given["name"][0],
            sentinels,
            db=int(place.path.removeprefix("/")),
            password=unquote(password.removeprefix(":")),
            connection_class=FollowingConnection,
            **options,
        )


def is_full(error: BaseException | None) -> bool:
    """Whether a Redis has refused a write since its memory is full, whoever reports it."""
    while error is not None:
        if isinstance(error, OutOfMemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False
