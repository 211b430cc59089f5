"""Declared caches: one request computes, and nothing personal is kept."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from canary import LIST, PATIENCE, Source, get
from core.cache import cached
from core.cache.cached import Cached
from core.db import routing
from core.redis.client import redis_client
from domains.notes.models import Note
from operators import MAY_READ_METRICS


def test_a_value_is_computed_once_for_each_key():
    source = Source()
    assert [get("a", compute=source) for _ in range(3)] == [b"value 1"] * 3
    assert get("b", compute=source) == b"value 2"


def test_an_empty_value_is_a_value_too():
    assert get(compute=lambda: b"") == b""
    assert get(compute=Source()) == b""


def test_a_value_ends_with_its_ttl():
    short = Cached(name="canary", seconds=0.05)
    assert short.get_or_compute("", compute=lambda: b"old") == b"old"
    time.sleep(0.06)
    assert short.get_or_compute("", compute=lambda: b"new") == b"new"


def test_many_at_once_compute_once():
    source = Source(seconds=0.2)
    ready = threading.Barrier(16)

    def ask():
        ready.wait(PATIENCE)
        return get(compute=source)

    with ThreadPoolExecutor(16) as pool:
        sent = [pool.submit(ask) for _ in range(16)]
        assert {each.result(PATIENCE) for each in sent} == {b"value 1"}
    assert source.times == 1


def test_a_request_that_waits_takes_over_from_one_that_failed():
    begun = threading.Event()

    def fails():
        begun.set()
        time.sleep(0.1)
        raise ZeroDivisionError

    with ThreadPoolExecutor(1) as pool:
        failing = pool.submit(lambda: get(compute=fails))
        begun.wait(PATIENCE)
        assert get(compute=Source()) == b"value 1"
        with pytest.raises(ZeroDivisionError):
            failing.result(PATIENCE)
    assert get(compute=Source()) == b"value 1"


def test_a_request_that_waited_too_long_computes_and_leaves_the_lock_alone(monkeypatch):
    monkeypatch.setattr(cached, "WAIT_SECONDS", 0.05)
    lock = f"{LIST.redis_key('')}:lock"
    redis_client("cache").set(lock, "another's")
    assert get(compute=Source()) == b"value 1"
    assert redis_client("cache").get(lock) == b"another's"


def test_a_lock_that_expired_meanwhile_is_another_requests():
    lock = f"{LIST.redis_key('')}:lock"

    def slow():
        redis_client("cache").set(lock, "another's")
        return b"late"

    assert get(compute=slow) == b"late"
    assert redis_client("cache").get(lock) == b"another's"
    redis_client("cache").delete(lock)
    assert get("other", compute=Source()) == b"value 1"
    assert not redis_client("cache").keys("*:lock"), "each lock was given back"


def test_what_is_too_large_is_not_kept(monkeypatch):
    monkeypatch.setattr(cached, "MAX_BYTES", 3)
    source = Source()
    assert [get(compute=source) for _ in "ab"] == [b"value 1", b"value 2"]


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
        get(compute=forms[form])


@pytest.mark.django_db  # /metrics asks the database whether it has room
def test_hits_and_misses_are_exported(client):
    def exported():
        text = client.get("/metrics", headers=MAY_READ_METRICS).content.decode().splitlines()
        found = {
            line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text if line[0] != "#"
        }
        name = 'cache_requests_total{family="canary",result="%s"}'
        return found.get(name % "hit", 0), found.get(name % "miss", 0)

    hits, misses = exported()
    for _ in range(4):
        get(compute=Source())
    assert exported() == (hits + 3, misses + 1)


def test_what_fills_the_cache_is_read_from_the_primary(settings, monkeypatch):
    settings.REPLICAS = ["replica1"]
    monkeypatch.setattr(routing, "_replayed", lambda alias: 10)
    token = routing.begin(method="GET", required=None)
    try:
        router = routing.Router()
        assert router.db_for_read(Note) == "replica1"
        assert get(compute=lambda: router.db_for_read(Note).encode()) == b"default"
        assert router.db_for_read(Note) == "replica1"
    finally:
        routing.end(token)
