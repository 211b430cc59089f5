"""What counts as an unavailable server, and one circuit breaker for all of them.

Decision 0038 says why the breaker is our own.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerError
from psycopg_pool import PoolTimeout
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

Result = TypeVar("Result")

# PostgreSQL, Redis or the broker cannot be used at the moment: a request is answered with 503, a
# task is retried. A Redis that is full (`OutOfMemoryError`) refuses writes until there is room.
UNAVAILABLE: tuple[type[Exception], ...] = (
    *(OperationalError, InterfaceError, PoolTimeout),
    *(RedisConnectionError, RedisTimeoutError, OutOfMemoryError),
    BrokerError,
)
# Whatever may go wrong between kombu and the broker: it passes some errors on as they are.
BROKER_ERRORS: tuple[type[Exception], ...] = (*UNAVAILABLE, RedisError, OSError)

_breakers: list["CircuitBreaker"] = []


class CircuitBreaker:
    """After a failure, skip a server for some seconds instead of waiting for its timeout again.

    Each process has its own state, and logs `message` once for each time that the breaker opens.
    No lock is held during a call; threads that find the breaker closed at the same moment may all
    fail once.
    """

    def __init__(
        self,
        message: str,
        *,
        logger: str,
        seconds: float = 2.0,
        errors: tuple[type[Exception], ...] = (RedisError,),
    ) -> None:
        """`seconds` is how long the breaker stays open; `errors` are what opens it."""
        self._message, self._logger = message, logging.getLogger(logger)
        self._seconds, self._errors = seconds, errors
        self._open_until = 0.0
        _breakers.append(self)

    @property
    def is_open(self) -> bool:
        """Whether calls are skipped at the moment."""
        return time.monotonic() < self._open_until

    def call(self, function: Callable[[], Result], *, fallback: Result) -> Result:
        """Return what the function returns; `fallback` when it fails or is skipped."""
        if self.is_open:
            return fallback
        try:
            return function()
        except self._errors as error:
            self.open(error)
            return fallback

    def open(self, error: Exception) -> None:
        """Skip calls from now on, because of this error."""
        if not self.is_open:
            self._open_until = time.monotonic() + self._seconds
            self._logger.warning(self._message, extra={"reason": type(error).__name__})

    def close(self) -> None:
        """Try again at the next call."""
        self._open_until = 0.0


def close_all_breakers() -> None:
    """Forget every failure of this process; for tests."""
    for breaker in _breakers:
        breaker.close()
