"""Where a Redis is: one server, or whichever one its Sentinels call the primary now."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from redis.backoff import NoBackoff
from redis.retry import Retry

ASKING = 1.0  # seconds that one Sentinel may take; then the next one is asked


def asking(secret: str) -> dict[str, Any]:
    """How a Sentinel is asked: redis-py's own way would try a dead one for seconds."""
    return {
        "password": secret or None,
        "socket_timeout": ASKING,
        "socket_connect_timeout": ASKING,
        "retry": Retry(NoBackoff(), 0),
    }


@dataclass(frozen=True, kw_only=True)
class Redis:
    """One Redis. The tests begin at another of its databases: `first`.

    With `sentinels` (each `host:port`) it is the primary that they name `name`; they may want a
    password of their own.
    """

    host: str
    port: int
    password: str = field(repr=False)
    first: int = 0
    sentinels: tuple[str, ...] = ()
    name: str = ""
    sentinel_password: str = field(default="", repr=False)

    def url(self, *, database: int) -> str:
        """The address for `core.redis.client`, with the passwords in it: never log it.

        Between Sentinels is a plus: at a comma Django would take the address for two.
        """
        if not self.sentinels:
            return self._one(f"redis://@{self.host}:{self.port}", database=database)
        query = urlencode({"name": self.name, "secret": self.sentinel_password})
        address = self._one(f"sentinel://@{'+'.join(self.sentinels)}", database=database)
        return f"{address}?{query}"

    def celery_url(self, *, database: int) -> str:
        """The same as Celery writes it: an address for each Sentinel."""
        if not self.sentinels:
            return self.url(database=database)
        every = (self._one(f"sentinel://@{each}", database=database) for each in self.sentinels)
        return ";".join(every)

    def celery_options(self) -> dict[str, Any]:
        """What Celery has to know beside such an address."""
        if not self.sentinels:
            return {}
        return {"master_name": self.name, "sentinel_kwargs": asking(self.sentinel_password)}

    def _one(self, place: str, *, database: int) -> str:
        scheme, _, host = place.partition("@")
        return f"{scheme}:{quote(self.password, safe='')}@{host}/{self.first + database}"
