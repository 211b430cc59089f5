"""The address of a Redis: one server, or the primary that its Sentinels name."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from redis.backoff import NoBackoff
from redis.retry import Retry

SENTINEL_TIMEOUT = 1.0  # seconds; then the next Sentinel is asked


def sentinel_options(password: str) -> dict[str, Any]:
    """Options of a client of one Sentinel: by default redis-py retries a dead one for seconds."""
    return {
        "password": password or None,
        "socket_timeout": SENTINEL_TIMEOUT,
        "socket_connect_timeout": SENTINEL_TIMEOUT,
        "retry": Retry(NoBackoff(), 0),
    }


@dataclass(frozen=True, kw_only=True)
class Redis:
    """One Redis. `first` is added to each database number, so that tests have their own.

    With `sentinels` (each `host:port`) it is the primary of the master name `name`; the Sentinels
    may require a password of their own.
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

        Sentinels are separated by a plus: Django would split the address at a comma.
        """
        if not self.sentinels:
            return self._one(f"redis://@{self.host}:{self.port}", database=database)
        query = urlencode({"name": self.name, "secret": self.sentinel_password})
        address = self._one(f"sentinel://@{'+'.join(self.sentinels)}", database=database)
        return f"{address}?{query}"

    def celery_url(self, *, database: int) -> str:
        """The same in Celery's form: an address for each Sentinel."""
        if not self.sentinels:
            return self.url(database=database)
        addresses = (self._one(f"sentinel://@{each}", database=database) for each in self.sentinels)
        return ";".join(addresses)

    def celery_options(self) -> dict[str, Any]:
        """The transport options that Celery needs beside such an address."""
        if not self.sentinels:
            return {}
        return {
            "master_name": self.name,
            "sentinel_kwargs": sentinel_options(self.sentinel_password),
        }

    def _one(self, server: str, *, database: int) -> str:
        scheme, _, host = server.partition("@")
        return f"{scheme}:{quote(self.password, safe='')}@{host}/{self.first + database}"
