"""Declared caches while Redis is unavailable or slow: the database answers."""

import logging
import time
from urllib.parse import urlsplit

from canary import Source, get
from core.cache import cached
from core.redis.client import connect
from processes import Relay


def test_without_the_cache_the_database_answers_and_the_log_says_so_once(cache_unavailable, caplog):
    source = Source()
    with caplog.at_level(logging.WARNING, logger="service.cache"):
        assert [get(compute=source) for _ in "abc"] == [b"value 1", b"value 2", b"value 3"]
    assert [record.reason for record in caplog.records] == ["ConnectionError"]
    assert "canary-password" not in caplog.text


def break_cache(monkeypatch):
    closed = connect("redis://127.0.0.1:1/0", use="cache")
    monkeypatch.setattr(cached, "redis_client", lambda use: closed)


def test_an_outage_while_the_value_is_computed_is_no_error(monkeypatch):
    def compute():
        break_cache(monkeypatch)
        return b"computed"

    assert get(compute=compute) == b"computed"


def test_an_outage_between_the_read_and_the_lock_is_no_error(monkeypatch):
    read = cached._get

    def last(name):
        found = read(name)
        break_cache(monkeypatch)
        return found

    monkeypatch.setattr(cached, "_get", last)
    assert get(compute=lambda: b"computed") == b"computed"
    monkeypatch.undo()
    cached.breaker.close()
    assert get(compute=Source()) == b"value 1", "nothing was kept"


def test_a_cache_that_is_frozen_costs_one_request_a_second(settings):
    given = urlsplit(settings.CACHES["default"]["LOCATION"])
    relay = Relay(host=given.hostname, port=given.port)
    address = given._replace(netloc=f":{given.password}@127.0.0.1:{relay.port}").geturl()
    settings.CACHES = {
        **settings.CACHES,
        "default": {**settings.CACHES["default"], "LOCATION": address},
    }
    source = Source()
    try:
        assert [get(compute=source) for _ in "ab"] == [b"value 1"] * 2
        relay.freeze()
        began = time.monotonic()
        assert get(compute=source) == b"value 2"
        first, began = time.monotonic() - began, time.monotonic()
        assert [get(compute=source) for _ in "ab"] == [b"value 3", b"value 4"]
        assert time.monotonic() - began < 0.5 < first < 3
        relay.thaw()
        cached.breaker.close()
        assert get(compute=source) == b"value 1", "Redis had it all the time"
    finally:
        relay.close()
