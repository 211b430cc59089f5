"""Declared caches: each stands beside its selector and says for how long, and what ends it.

A value is finished bytes, the same for everybody who may see it; its key is all that it depends
on. Beside it stand the marks of the events that end it, as they were before it was computed. An
event that happens gets a new mark, after the commit, so a value that was computed from older rows
is never taken again, whoever stores it, and however late. Decision 0009 says why it is so.
"""

import struct
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.views import View
from rest_framework.request import Request

from core.cache import backend, near, store, versions
from core.db import routing

HEAD = struct.Struct(">d")  # until when the value is fresh; the marks and the body follow
LARGEST = 1_000_000  # bytes
ALL = "all"  # what is of no project; with nothing in its braces a key would have no tag
LOCK_SECONDS = 5.0  # after this time another one may compute
WAIT_SECONDS = 1.0
LOOK_AGAIN = 0.01
Compute = Callable[[], bytes]
NOTHING: Mapping[str, str | None] = {}


def prefix() -> str:
    """What stands before each key: as Django's cache has it, without asking it for each one."""
    return f"{settings.CACHES['default']['KEY_PREFIX']}:1:"


@dataclass(frozen=True)
class Event:
    """Something that changes what caches hold: declared once, named by caches and services."""

    name: str

    def key(self, *, of: object) -> str:
        """Where its mark is. The braces keep what belongs together on one server of a cluster."""
        return f"{prefix()}events:{{{of}}}:{self.name}"

    def happened(self, *, of: object = ALL) -> None:
        """End what ends with it, once the open transaction is committed. `of`: of which project."""
        transaction.on_commit(partial(versions.change, self.key(of=of)))


class Place:
    """Where one value is kept, and what the last look has found there.

    Made and read on each request: a plain class costs a fifth of a frozen dataclass.
    """

    __slots__ = ("key", "events", "marks", "body", "fresh", "away")

    def __init__(self, key: str, *, events: list[str]) -> None:
        self.key, self.events = key, events
        self.marks: list[str | None] = []
        self.body: bytes | None = None
        self.fresh = self.away = False

    def read(self, found: list[str | None], value: bytes | None) -> None:
        """Take what there is; a value of other marks is none."""
        self.marks, self.body, self.fresh, self.away = found, None, False, False
        if value is None or None in found:
            return
        head = HEAD.size + versions.LENGTH * len(found)
        if value[HEAD.size : head] == "".join(found).encode():  # type: ignore[arg-type]
            self.body = value[head:]
            self.fresh = time.time() < HEAD.unpack_from(value)[0]

    def not_read(self) -> None:
        """Redis is away."""
        self.marks, self.body, self.fresh, self.away = [], None, False, True


@dataclass(frozen=True, kw_only=True)
class Cached:
    """One cache; `name` is its family in the metrics.

    After `seconds` one request computes anew, and for up to `stale` more the others still get the
    old value. What an event has ended is given to nobody.
    """

    name: str
    seconds: float
    stale: float = 5.0
    ends_with: tuple[Event, ...] = ()

    def place(self, key: str = "", *, of: object = ALL) -> Place:
        """A place, for `look`. `of` is what the events are about: a project's id."""
        events = [event.key(of=of) for event in self.ends_with]
        return Place(f"{prefix()}{self.name}:{{{of}}}:{key}", events=events)

    def get(self, key: str = "", *, of: object = ALL, compute: Compute) -> bytes:
        """The value, from the cache or computed."""
        found = self.place(key, of=of)
        look(found)
        return self.take(found, compute=compute)

    def take(self, found: Place, *, compute: Compute) -> bytes:
        """What a look has found; where that is nothing, one computes and the others wait."""
        if found.fresh and found.body is not None:
            backend.count(self.name + ":", hits=1, misses=0)
            return found.body
        refuse_personal(compute)
        asked = False

        def compute_and_tell() -> bytes:
            nonlocal asked
            asked = True
            return compute()

        try:
            return compute_and_tell() if found.away else self._once(found, compute_and_tell)
        finally:
            backend.count(self.name + ":", hits=int(not asked), misses=int(asked))

    def _once(self, found: Place, compute: Compute) -> bytes:
        """Single flight: the value of whoever has the lock, or a stale one meanwhile."""
        end = time.monotonic() + WAIT_SECONDS
        while (ours := store.lock(found.key, seconds=LOCK_SECONDS)) is None:
            if found.body is not None:
                return found.body
            if time.monotonic() > end:
                return compute()
            time.sleep(LOOK_AGAIN)
            look(found)
        try:
            look(found)  # whoever had the lock before may have been at it
            if found.fresh and found.body is not None:
                return found.body
            return self._stored(found, compute)
        finally:
            store.unlock(found.key, ours=ours)

    def _stored(self, found: Place, compute: Compute) -> bytes:
        """Compute from the primary's rows, and keep it under the marks from before."""
        before = None if found.away else versions.made(found.events, known=found.marks)
        with routing.from_primary(), versions.needed(found.events, known=found.marks):
            body = compute()
        if before is not None and len(body) <= LARGEST:
            value = HEAD.pack(time.time() + self.seconds) + "".join(before).encode() + body
            store.put(found.key, value, seconds=self.seconds + self.stale)
            near.keep(found.key, value)
        return body


def look(*places: Place, known: Mapping[str, str | None] = NOTHING) -> None:
    """See what the places hold; all of one call are `of` the same.

    `known` are marks that this request has read already. The others are asked for in one round
    trip, and what this process does not have itself is fetched in another.
    """
    if versions.owed():
        known = NOTHING
    events = [name for place in places for name in place.events if name not in known]
    if events:
        found = versions.read(events)
        if found is None:
            return _not_read(places)
        known = {**known, **dict(zip(events, found, strict=True))}
    for place in places:
        place.read([known[name] for name in place.events], near.get(place.key))
    _fetch([place for place in places if not place.fresh])


def _fetch(places: Sequence[Place]) -> None:
    """What this process does not have, or has for too long already."""
    if not places:
        return
    values = store.read([place.key for place in places])
    if values is None:
        return _not_read(places)
    for place, value in zip(places, values, strict=True):
        place.read(place.marks, value)
        if value is not None and place.fresh:
            near.keep(place.key, value)


def _not_read(places: Sequence[Place]) -> None:
    for place in places:
        place.not_read()


def refuse_personal(compute: Any) -> None:
    """Raise TypeError for a computation that holds a request: its answer could be personal."""
    held = [cell.cell_contents for cell in getattr(compute, "__closure__", None) or ()]
    held += [*getattr(compute, "args", ()), *getattr(compute, "keywords", {}).values()]
    held.append(getattr(compute, "__self__", None))
    if any(isinstance(each, HttpRequest | Request | View) for each in held):
        raise TypeError("what is cached for all must not know the request")
