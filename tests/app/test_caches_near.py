"""What a process keeps of the cache, and how it knows whether that still holds."""

import time

import pytest

from canary import LIST, THINGS, Source
from core.cache import near, store, versions
from core.cache.cached import Cached, look
from core.redis import durable


@pytest.fixture
def asked(monkeypatch):
    """What is asked of Redis: of the marks, and of the cache."""
    told = {"marks": [], "cache": []}
    for name, module in (("marks", durable), ("cache", store)):

        def read(names, *, told=told[name], real=module.read, **more):
            told.append(list(names))
            return real(names, **more)

        monkeypatch.setattr(module, "read", read)
    return told


def test_places_are_looked_at_in_one_round_trip_to_each_server(asked):
    other = Cached(name="canary", seconds=30)
    LIST.get("a", of=7, compute=lambda: b"one")
    other.get("b", of=7, compute=lambda: b"two")
    near.forget()
    for asks in asked.values():
        asks.clear()
    found = [LIST.place("a", of=7), other.place("b", of=7), LIST.place("c", of=7)]
    look(*found)
    assert [each.body for each in found] == [b"one", b"two", None]
    assert [len(asks) for asks in asked.values()] == [1, 1]


def test_what_this_process_has_is_not_fetched_and_marks_that_are_known_are_not_asked(asked):
    LIST.get("a", of=7, compute=lambda: b"one")
    known = {THINGS.key(of=7): durable.client().get(THINGS.key(of=7))}
    for asks in asked.values():
        asks.clear()
    place = LIST.place("a", of=7)
    look(place)
    assert (place.body, asked) == (b"one", {"marks": [[THINGS.key(of=7)]], "cache": []})
    look(place, known=known)
    assert (place.body, len(asked["marks"]), asked["cache"]) == (b"one", 1, [])
    look(place, known={THINGS.key(of=7): versions.new()})
    assert place.body is None and len(asked["cache"]) == 1, "another mark: what it has is old"


@pytest.mark.django_db(transaction=True)
def test_what_another_process_has_changed_is_seen_here():
    source = Source()
    LIST.get(of=7, compute=source)
    durable.client().set(THINGS.key(of=7), versions.new())
    assert LIST.get(of=7, compute=source) == b"value 2"


def test_a_value_whose_time_is_over_is_fetched_again():
    short = Cached(name="canary", seconds=0.05, stale=0)
    assert short.get(of=7, compute=lambda: b"old") == b"old"
    time.sleep(0.1)
    assert short.get(of=7, compute=lambda: b"new") == b"new"


def test_a_process_keeps_so_much_and_no_more(monkeypatch):
    monkeypatch.setattr(near, "MOST", 25)
    for name in "abc":
        near.keep(name, b"0123456789")
    assert [near.get(name) is None for name in "abc"] == [True, False, False]
    near.keep("c", b"x")
    near.keep("d", b"0123456789")
    assert [near.get(name) for name in "bcd"] == [b"0123456789", b"x", b"0123456789"]
    near.keep("e", b"0" * 26)
    assert [near.get(name) for name in "bcde"] == [None] * 4
