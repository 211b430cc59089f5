"""kombu's Redis transports, adapted to a failover and to a Redis whose memory is full.

A full Redis (`maxmemory` reached, `noeviction`) refuses writes, but still delivers the messages it
holds. By default the refusal ends the worker, and the message it has just received is lost. With
these classes the worker goes on, which is what frees the memory.

They override parts of kombu that are not public. tests/app/test_private_apis.py lists those, and
fails when kombu changes one.
"""

import logging
from typing import Any, cast

import kombu
from celery.app import amqp
from kombu.transport import TRANSPORT_ALIASES, redis, virtual
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError

from core.redis.client import PrimaryConnection

logger = logging.getLogger("service.worker")
# Seconds between two tries to connect. By default kombu waits up to 30, so that a worker would
# come back that much later than its broker.
RETRY_INTERVALS = {"interval_start": 0.5, "interval_step": 0.5, "interval_max": 2}
# Bindings of queues that a full Redis did not store; this process uses them all the same.
_bindings: dict[str, set[tuple[str, str, str]]] = {}


class Connection(kombu.Connection):
    """kombu's connection, with our default for the intervals between two tries."""

    def ensure_connection(self, *args: Any, **options: Any) -> Any:
        """Connect, and retry as the caller says."""
        return super().ensure_connection(*args, **{**RETRY_INTERVALS, **options})


class AMQP(amqp.AMQP):
    """Celery's AMQP, with this connection."""

    Connection = Connection


class QoS(redis.QoS):
    """kombu's record of unacknowledged messages, for which Redis needs memory."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unrecorded: dict[str, Any] = {}

    def append(self, message: Any, delivery_tag: str) -> None:
        """Record a message; without room, only in this process: it has left the queue already."""
        try:
            super().append(message, delivery_tag)
        except OutOfMemoryError:
            logger.warning("the queue's Redis is full: a message is received without its record")
            virtual.QoS.append(self, message, delivery_tag)
            self._unrecorded[delivery_tag] = message

    def ack(self, delivery_tag: str) -> None:
        """Remove the record of a message that is done."""
        self._unrecorded.pop(delivery_tag, None)
        super().ack(delivery_tag)

    def restore_visible(self, *args: Any, **kwargs: Any) -> None:
        """Requeue the messages of dead workers; without room, at a later call."""
        try:
            super().restore_visible(*args, **kwargs)
        except OutOfMemoryError:
            logger.warning("the queue's Redis is full: nothing is requeued yet")

    def restore_by_tag(self, tag: str, client: Any = None, leftmost: bool = False) -> None:
        """Requeue one message, from its record or from this process."""
        message = self._unrecorded.pop(tag, None)
        if message is None:
            super().restore_by_tag(tag, client, leftmost)
            return
        info, channel = message.delivery_info, cast("Any", self.channel)
        with channel.conn_or_acquire(client) as opened, opened.pipeline() as pipe:
            route = info["exchange"], info["routing_key"]
            channel._do_restore_message(message._raw, *route, pipe, leftmost)
            pipe.execute()


class _FullMemoryMixin:
    """For a kombu channel: stands before it among the bases."""

    QoS: Any = QoS

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        """Store that a queue belongs to an exchange. Nearly always it is stored already."""
        try:
            super()._queue_bind(exchange, routing_key, pattern, queue)  # type: ignore[misc]
        except OutOfMemoryError:
            logger.warning("the queue's Redis is full: a queue is not declared there")
            known = _bindings.setdefault(exchange, set())
            known.add((routing_key or "", pattern or "", queue or ""))

    def get_table(self, exchange: Any) -> Any:
        """Return the bindings of an exchange."""
        table: list[tuple[str, ...]] = super().get_table(exchange)  # type: ignore[misc]
        return table + [each for each in _bindings.get(exchange, ()) if each not in table]


class Channel(_FullMemoryMixin, redis.Channel):
    """A channel of one server."""


class Transport(redis.Transport):
    """The transport of `redis://` addresses."""

    Channel = Channel


class SentinelChannel(_FullMemoryMixin, redis.SentinelChannel):
    """A channel of the primary that the Sentinels name; asks them again after a failover."""

    connection_class = PrimaryConnection

    def _connparams(self, asynchronous: bool = False) -> Any:
        """Raise ConnectionError where kombu raises AttributeError: the channel is closed.

        That happens to a sender that reconnects to declare the queue, and to a worker that
        requeues its messages while it closes, which would end it.
        """
        if self.connection is None or self.connection.client is None:
            raise RedisConnectionError("the channel is closed")
        return super()._connparams(asynchronous)  # type: ignore[misc]

    def _receive_one(self, c: Any) -> Any:
        """Read one message of a subscription, if there is one.

        kombu would reconnect and then read without a timeout, which blocks the worker's only loop.
        """
        if c.connection is None or not c.connection.is_connected:
            self._in_listen = None
            raise RedisConnectionError("the subscription is disconnected")
        if not c.connection.can_read(timeout=0):
            return None
        return super()._receive_one(c)  # type: ignore[misc]


class SentinelTransport(redis.SentinelTransport):
    """The transport of `sentinel://` addresses."""

    Channel = SentinelChannel


def register_transports() -> None:
    """Replace kombu's transports of both schemes.

    Celery's `broker_transport` setting is not enough: kombu takes the scheme of the next address
    when it fails over from one Sentinel to another.
    """
    TRANSPORT_ALIASES["redis"] = f"{__name__}:Transport"
    TRANSPORT_ALIASES["sentinel"] = f"{__name__}:SentinelTransport"
