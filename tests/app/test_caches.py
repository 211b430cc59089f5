"""Declared caches: one computes, what an event ended is given to nobody."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import transaction
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from canary import LIST, PATIENCE, THINGS, Source
from core.cache import cached, store
from core.cache.cached import Cached, Event
from core.db import routing
from domains.notes.models import Note
from operators import MAY_READ_METRICS


def test_a_value_is_computed_once_and_kept():
    source = Source()
    assert [LIST.get("a", of=1, compute=source) for _ in range(3)] == [b"value 1"] * 3
    assert LIST.get("b", of=1, compute=source) == b"value 2"
    assert LIST.get("a", of=2, compute=source) == b"value 3"


def test_an_empty_value_is_one_too():
    assert LIST.get(compute=lambda: b"") == b""
    assert LIST.get(compute=Source()) == b""


def test_many_at_once_compute_once():
    source = Source(seconds=0.2)
    ready = threading.Barrier(16)

    def ask():
        ready.wait(PATIENCE)
        return LIST.get(compute=source)

    with ThreadPoolExecutor(16) as pool:
        sent = [pool.submit(ask) for _ in range(16)]
        assert {each.result(PATIENCE) for each in sent} == {b"value 1"}
    assert source.times == 1


def test_while_one_refreshes_the_others_get_the_old_value():
    old = Cached(name="canary", seconds=0.05, stale=30)
    assert old.get(compute=lambda: b"old") == b"old"
    time.sleep(0.06)
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        begun.set()
        go_on.wait(PATIENCE)
        return b"new"

    with ThreadPoolExecutor(1) as pool:
        refreshing = pool.submit(lambda: old.get(compute=slow))
        begun.wait(PATIENCE)
        assert old.get(compute=Source()) == b"old"
        go_on.set()
        assert refreshing.result(PATIENCE) == b"new"
    fresh = Cached(name="canary", seconds=30, stale=30)
    assert fresh.get(compute=Source()) == b"new"


def test_who_waits_takes_over_from_one_that_failed():
    begun = threading.Event()

    def fails():
        begun.set()
        time.sleep(0.1)
        raise ZeroDivisionError

    with ThreadPoolExecutor(1) as pool:
        failing = pool.submit(lambda: LIST.get(compute=fails))
        begun.wait(PATIENCE)
        assert LIST.get(compute=Source()) == b"value 1"
        with pytest.raises(ZeroDivisionError):
            failing.result(PATIENCE)
    assert LIST.get(compute=Source()) == b"value 1"


def test_who_waits_for_too_long_computes_and_leaves_the_lock_alone(monkeypatch):
    monkeypatch.setattr(cached, "WAIT_SECONDS", 0.05)
    place = LIST.place()
    theirs = store.lock(place.key, seconds=30)
    assert theirs and store.lock(place.key, seconds=30) is None
    assert LIST.get(compute=Source()) == b"value 1"
    store.unlock(place.key, ours=b"another's")
    assert store.lock(place.key, seconds=30) is None
    store.unlock(place.key, ours=theirs)
    assert store.lock(place.key, seconds=30)


@pytest.mark.django_db(transaction=True)
def test_an_event_ends_a_value_after_the_commit_and_not_before():
    source = Source()
    LIST.get(of=7, compute=source)
    with transaction.atomic():
        THINGS.happened(of=7)
        assert LIST.get(of=7, compute=source) == b"value 1"
    assert LIST.get(of=7, compute=source) == b"value 2"
    THINGS.happened(of=8)
    Event("others").happened(of=7)
    assert LIST.get(of=7, compute=source) == b"value 2"


@pytest.mark.django_db(transaction=True)
def test_an_event_that_was_rolled_back_ends_nothing():
    source = Source()
    LIST.get(of=7, compute=source)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        THINGS.happened(of=7)
        raise ZeroDivisionError
    assert LIST.get(of=7, compute=source) == b"value 1"


@pytest.mark.django_db(transaction=True)
def test_a_value_from_before_an_event_is_not_kept_however_late_it_is_stored():
    def old():
        THINGS.happened(of=7)  # between its read and its store somebody commits
        return b"old"

    assert LIST.get(of=7, compute=old) == b"old"
    assert LIST.get(of=7, compute=Source()) == b"value 1"


def test_what_is_too_large_is_not_kept(monkeypatch):
    monkeypatch.setattr(cached, "LARGEST", 3)
    source = Source()
    assert [LIST.get(compute=source) for _ in "ab"] == [b"value 1", b"value 2"]


@pytest.mark.parametrize("form", ["closure", "partial", "method"])
def test_a_computation_that_knows_the_request_is_refused(form):
    request = Request(APIRequestFactory().get("/"))

    class Asking(Request):
        def compute(self):
            return b"mine"

    forms = {
        "closure": lambda: request.method.encode(),
        "partial": partial(lambda asked: b"mine", request),
        "method": Asking(APIRequestFactory().get("/")).compute,
    }
    with pytest.raises(TypeError, match="must not know the request"):
        LIST.get(compute=forms[form])


@pytest.mark.django_db  # /metrics asks the database whether it has room
def test_hits_and_misses_are_exported(client):
    def told():
        text = client.get("/metrics", headers=MAY_READ_METRICS).content.decode().splitlines()
        found = {
            line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text if line[0] != "#"
        }
        name = 'cache_requests_total{family="canary",result="%s"}'
        return found.get(name % "hit", 0), found.get(name % "miss", 0)

    hits, misses = told()
    for _ in range(4):
        LIST.get(compute=Source())
    assert told() == (hits + 3, misses + 1)


def test_what_fills_the_cache_is_read_from_the_primary(settings, monkeypatch):
    settings.REPLICAS = ["replica1"]
    monkeypatch.setattr(routing, "_replayed", lambda alias: 10)
    token = routing.begin(method="GET", required=None)
    try:
        router = routing.Router()
        assert router.db_for_read(Note) == "replica1"
        assert LIST.get(compute=lambda: router.db_for_read(Note).encode()) == b"default"
        assert router.db_for_read(Note) == "replica1"
    finally:
        routing.end(token)
