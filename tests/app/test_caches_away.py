"""Declared caches while Redis is away or slow: the database answers, and nothing old comes back."""

import logging
import time
from urllib.parse import urlsplit

import pytest

from canary import LIST, THINGS, Source
from core.cache import near, store, versions
from core.cache.cached import look
from core.redis import durable
from processes import Relay


def test_a_mark_that_redis_dropped_revives_nothing():
    LIST.get(of=7, compute=lambda: b"old")
    assert durable.client().delete(THINGS.key(of=7)) == 1
    assert LIST.get(of=7, compute=Source()) == b"value 1"
    assert LIST.get(of=7, compute=Source()) == b"value 1"


def test_without_the_cache_the_database_answers_and_the_log_says_so_once(cache_away, caplog):
    source = Source()
    with caplog.at_level(logging.WARNING, logger="service.cache"):
        assert [LIST.get(compute=source) for _ in "abc"] == [b"value 1", b"value 2", b"value 3"]
    assert [record.reason for record in caplog.records] == ["ConnectionError"]
    assert "canary-password" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_an_event_that_could_not_be_told_is_paid_before_the_next_read(settings, monkeypatch):
    source = Source()
    LIST.get(of=7, compute=source)
    before = {THINGS.key(of=7): durable.read([THINGS.key(of=7)])[0]}
    with monkeypatch.context() as broken:
        broken.setattr(durable, "client", lambda: durable.at("redis://127.0.0.1:1/0"))
        THINGS.happened(of=7)
    assert versions.owed()
    place = LIST.place(of=7)
    versions._away_until = 0.0
    look(place, known=before)
    assert not place.fresh and not versions.owed(), "marks from before the debt are not believed"
    assert LIST.get(of=7, compute=source) == b"value 2"


@pytest.mark.django_db(transaction=True)
def test_without_the_marks_nothing_is_believed_and_the_log_says_so_once(
    monkeypatch, sessions_away, caplog
):
    source = Source()
    with caplog.at_level(logging.WARNING, logger="service.cache"):
        assert [LIST.get(of=7, compute=source) for _ in "ab"] == [b"value 1", b"value 2"]
    assert [record.message for record in caplog.records] == ["the marks are away"]
    assert "canary-password" not in caplog.text


def test_marks_that_go_away_in_the_middle_keep_nothing(monkeypatch):
    made = versions.made

    def away(names, *, known):
        monkeypatch.setattr(durable, "client", lambda: durable.at("redis://127.0.0.1:1/0"))
        return made(names, known=known)

    monkeypatch.setattr(versions, "made", away)
    assert LIST.get(of=7, compute=lambda: b"computed") == b"computed"
    monkeypatch.undo()
    versions._away_until = 0.0
    assert LIST.get(of=7, compute=Source()) == b"value 1"


def test_an_outage_in_the_middle_costs_the_value_nothing(monkeypatch):
    def compute():
        monkeypatch.setattr(store, "client", lambda: store._client("redis://127.0.0.1:1/0"))
        return b"computed"

    assert LIST.get(compute=compute) == b"computed"


def test_an_outage_between_the_look_and_the_lock_is_no_error(monkeypatch):
    read = store.read

    def last(names):
        found = read(names)
        monkeypatch.setattr(store, "client", lambda: store._client("redis://127.0.0.1:1/0"))
        return found

    monkeypatch.setattr(store, "read", last)
    assert LIST.get(compute=lambda: b"computed") == b"computed"
    monkeypatch.undo()
    store._away_until = 0.0
    near.forget()
    assert LIST.get(compute=Source()) == b"value 1", "nothing was kept"


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
        assert [LIST.get(compute=source) for _ in "ab"] == [b"value 1"] * 2
        relay.freeze()
        assert LIST.get(compute=source) == b"value 1", "this process has it itself"
        near.forget()
        began = time.monotonic()
        assert LIST.get(compute=source) == b"value 2"
        first, began = time.monotonic() - began, time.monotonic()
        assert [LIST.get(compute=source) for _ in "ab"] == [b"value 3", b"value 4"]
        assert time.monotonic() - began < 0.5 < first < 3
        relay.thaw()
        store._away_until = 0.0
        assert LIST.get(compute=source) == b"value 1", "Redis had it all the time"
    finally:
        relay.close()
