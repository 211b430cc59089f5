"""Celery's way to the primary that Sentinels name; kombu finds it by the scheme of the address."""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.redis import SentinelChannel, SentinelTransport
from redis.exceptions import ConnectionError as Away

from config.redis_client import FollowingConnection


class Channel(SentinelChannel):
    """kombu's, whose worker would end on a refusal of a server that is no primary any more."""

    connection_class = FollowingConnection

    def _connparams(self, asynchronous: bool = False) -> Any:
        """How to connect; a channel that was closed meanwhile cannot, and that is an outage.

        kombu would raise AttributeError: to whoever sends, after it had to connect anew to declare
        the queue, and in a worker that gives back what it holds while it closes; which ends it.
        """
        if self.connection is None or self.connection.client is None:
            raise Away("the channel was closed")
        return super()._connparams(asynchronous)  # type: ignore[misc]

    def _receive_one(self, c: Any) -> Any:
        """Read one message of a subscription, if there is one.

        kombu would connect anew where the connection is gone, and read there without end: the
        worker's only loop would stand still, and nobody would be told.
        """
        if c.connection is None or c.connection._sock is None:
            self._in_listen = None
            raise Away("the subscription was cut off")
        if not c.connection.can_read(timeout=0):
            return None
        return super()._receive_one(c)  # type: ignore[misc]


class Transport(SentinelTransport):
    """kombu's, with this channel."""

    Channel = Channel


def begin() -> None:
    """Take the place of kombu's own, also for those addresses that it turns to in trouble."""
    TRANSPORT_ALIASES["sentinel"] = f"{__name__}:Transport"
