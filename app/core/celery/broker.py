"""Celery's way to Redis, made to survive what Redis may do: a change of the primary, a full memory.

kombu finds these transports by the scheme of the address (`begin`).

A Redis that is full (`maxmemory`, and nothing may be evicted) refuses what takes memory, and still
gives out what it holds. kombu would end the worker on such a refusal, and lose the message that it
had just taken. Here a worker goes on taking work, which is what frees the memory.
"""

import logging
from typing import Any, cast

from kombu.transport import TRANSPORT_ALIASES, redis, virtual
from redis.exceptions import ConnectionError as Away
from redis.exceptions import OutOfMemoryError

from core.redis.client import PrimaryConnection

logger = logging.getLogger("service.worker")
# The bindings of queues that could not be written down: this process knows them all the same.
_bindings: dict[str, set[tuple[str, str, str]]] = {}


class Record(redis.QoS):
    """kombu's record of what is taken and not yet acknowledged, which needs memory in Redis."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unrecorded: dict[str, Any] = {}

    def append(self, message: Any, delivery_tag: str) -> None:
        """Take a message. Without its record it is still worked on: it has left the queue."""
        try:
            super().append(message, delivery_tag)
        except OutOfMemoryError:
            logger.warning("the queue's Redis is full: a message is taken without its record")
            virtual.QoS.append(self, message, delivery_tag)
            self._unrecorded[delivery_tag] = message

    def ack(self, delivery_tag: str) -> None:
        """It is done."""
        self._unrecorded.pop(delivery_tag, None)
        super().ack(delivery_tag)

    def restore_visible(self, *args: Any, **kwargs: Any) -> None:
        """Give back what dead workers held; later, where there is no room for it."""
        try:
            super().restore_visible(*args, **kwargs)
        except OutOfMemoryError:
            logger.warning("the queue's Redis is full: nothing is given back yet")

    def restore_by_tag(self, tag: str, client: Any = None, leftmost: bool = False) -> None:
        """Give one back; what has no record goes from here."""
        message = self._unrecorded.pop(tag, None)
        if message is None:
            super().restore_by_tag(tag, client, leftmost)
            return
        given, channel = message.delivery_info, cast("Any", self.channel)
        with channel.conn_or_acquire(client) as own, own.pipeline() as pipe:
            place = given["exchange"], given["routing_key"]
            channel._do_restore_message(message._raw, *place, pipe, leftmost)
            pipe.execute()


class _WhenFull:
    """Stands before one of kombu's channels among a class's parents."""

    QoS: Any = Record

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        """Write down that a queue belongs to an exchange. It nearly always stands there already."""
        try:
            super()._queue_bind(exchange, routing_key, pattern, queue)  # type: ignore[misc]
        except OutOfMemoryError:
            logger.warning("the queue's Redis is full: a queue is not declared there")
            known = _bindings.setdefault(exchange, set())
            known.add((routing_key or "", pattern or "", queue or ""))

    def get_table(self, exchange: Any) -> Any:
        """Which queues belong to an exchange."""
        table: list[tuple[str, ...]] = super().get_table(exchange)  # type: ignore[misc]
        return table + [each for each in _bindings.get(exchange, ()) if each not in table]


class Channel(_WhenFull, redis.Channel):
    """kombu's, for one server."""


class Transport(redis.Transport):
    """kombu's, with this channel."""

    Channel = Channel


class SentinelChannel(_WhenFull, redis.SentinelChannel):
    """kombu's, whose worker would end on a refusal of a server that is no primary any more."""

    connection_class = PrimaryConnection

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


class SentinelTransport(redis.SentinelTransport):
    """kombu's, with this channel."""

    Channel = SentinelChannel


def begin() -> None:
    """Take the place of kombu's own, also for those addresses that it turns to in trouble."""
    TRANSPORT_ALIASES["redis"] = f"{__name__}:Transport"
    TRANSPORT_ALIASES["sentinel"] = f"{__name__}:SentinelTransport"
