"""The way to the sessions' Redis: one server, or whichever one Sentinels call the primary now.

Nothing is retried: a script that ran, and whose answer was lost, must not run again. While a new
primary is being chosen the answer is "away", which nobody is let in by.
"""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

SENTINELS = "sentinel"  # sentinel://:password@one:26379,two:26379/2?name=queue


def options() -> dict[str, Any]:
    """Of every connection: a server that is silent for a second is away."""
    return {
        "socket_timeout": 1,
        "socket_connect_timeout": 1,
        "health_check_interval": 30,
        "decode_responses": True,
        "retry": Retry(NoBackoff(), 0),
    }


def connect(url: str) -> Any:
    """A client of the server, or of the servers, that the address names."""
    if urlsplit(url).scheme != SENTINELS:
        return redis.Redis.from_url(url, **options())
    place = urlsplit(url)
    secret, _, hosts = place.netloc.rpartition("@")
    asked = [
        (host, int(port)) for host, _, port in (each.rpartition(":") for each in hosts.split(","))
    ]
    sentinels = Sentinel(asked, sentinel_kwargs=options())  # type: ignore[no-untyped-call]
    return sentinels.master_for(  # type: ignore[no-untyped-call]
        parse_qs(place.query)["name"][0],
        db=int(place.path.removeprefix("/")),
        password=unquote(secret.removeprefix(":")),
        **options(),
    )
