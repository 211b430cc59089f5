"""The circuit breaker: a server that failed is skipped for a while."""

import logging

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from core import resilience
from core.resilience import CircuitBreaker


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""

    class Clock:
        now = 100.0

        def monotonic(self):
            return self.now

    found = Clock()
    monkeypatch.setattr(resilience, "time", found)
    return found


class Server:
    """Fails while it is down; counts the calls."""

    def __init__(self):
        self.calls, self.down = 0, False

    def __call__(self):
        self.calls += 1
        if self.down:
            raise RedisConnectionError
        return "answer"


def test_after_a_failure_no_call_is_made_until_the_time_is_over(clock, caplog):
    breaker, server = CircuitBreaker("it is unavailable", logger="canary", seconds=2), Server()
    assert breaker.call(server, fallback="nothing") == "answer"
    server.down = True
    with caplog.at_level(logging.WARNING, logger="canary"):
        assert [breaker.call(server, fallback="nothing") for _ in "abc"] == ["nothing"] * 3
    assert server.calls == 2 and breaker.is_open
    assert [(each.message, each.reason) for each in caplog.records] == [
        ("it is unavailable", "ConnectionError")
    ]
    server.down, clock.now = False, clock.now + 2
    assert breaker.call(server, fallback="nothing") == "answer" and not breaker.is_open


def test_other_errors_are_raised_and_do_not_open_it():
    breaker = CircuitBreaker("it is unavailable", logger="canary")

    def wrong():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaker.call(wrong, fallback=None)
    assert not breaker.is_open


def test_all_can_be_closed():
    breaker = CircuitBreaker("it is unavailable", logger="canary")
    breaker.open(RedisConnectionError())
    assert breaker.is_open
    resilience.close_all_breakers()
    assert not breaker.is_open
