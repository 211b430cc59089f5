"""Celery's way to the primary that Sentinels name; kombu finds it by the scheme of the address."""

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.redis import SentinelChannel, SentinelTransport

from config.redis_client import FollowingConnection


class Channel(SentinelChannel):
    """kombu's, whose worker would end on a refusal of a server that is no primary any more."""

    connection_class = FollowingConnection


class Transport(SentinelTransport):
    """kombu's, with this channel."""

    Channel = Channel


def begin() -> None:
    """Take the place of kombu's own, also for those addresses that it turns to in trouble."""
    TRANSPORT_ALIASES["sentinel"] = f"{__name__}:Transport"
