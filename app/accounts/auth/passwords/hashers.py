"""Password hashers with a bound: a hash takes memory and a core, and any client may cause one.

Argon2 takes 100 MiB for each hash (Django's default parameters). Without a bound, as many hashes
run at once as there are threads, and four logins were enough to exceed the container's memory.
So each process hashes at most `PASSWORD_HASHES_AT_ONCE` passwords at once. At most
`PASSWORD_HASHES_WAITING` more wait for `PASSWORD_HASH_WAIT_SECONDS`; all others get 503.

The bound is in the hashers themselves, which everything that checks or sets a password uses: the
API, the admin, the management commands, and the hash that Django makes for an unknown account.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher

from core.api.exceptions import Unavailable
from core.observability import metrics


class HashingBusy(Unavailable):
    """Too many passwords are being hashed in this process: nothing was checked or changed."""

    default_detail = "Too many passwords are being checked at the moment. Try again."
    wait = 1  # seconds, as Retry-After: a hash takes about a tenth of that


class HashSlots:
    """Admits `at_once` threads, and lets `waiting` more wait for `seconds`."""

    def __init__(self, *, at_once: int, waiting: int, seconds: float) -> None:
        self._free = threading.BoundedSemaphore(at_once)
        self._queue = threading.BoundedSemaphore(waiting) if waiting else None
        self._seconds = seconds
        self._held = threading.local()

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one slot; a thread that already holds one keeps it. Raises HashingBusy."""
        if getattr(self._held, "is_held", False):
            yield
            return
        if not self._acquire():
            metrics.count_password_hash_refused()
            raise HashingBusy()
        self._held.is_held = True
        try:
            yield
        finally:
            self._held.is_held = False
            self._free.release()

    def _acquire(self) -> bool:
        if self._free.acquire(blocking=False):
            return True
        if self._queue is None or not self._queue.acquire(blocking=False):
            return False
        try:
            return self._free.acquire(timeout=self._seconds)
        finally:
            self._queue.release()


@lru_cache(maxsize=4)
def _slots(at_once: int, waiting: int, seconds: float) -> HashSlots:
    return HashSlots(at_once=at_once, waiting=waiting, seconds=seconds)


@contextmanager
def hash_slot() -> Iterator[None]:
    """Hold this process's slot for several hashes in a row. Raises HashingBusy.

    Take it before a transaction begins, so that no thread holds a lock while it waits.
    """
    slots = _slots(
        settings.PASSWORD_HASHES_AT_ONCE,
        settings.PASSWORD_HASHES_WAITING,
        settings.PASSWORD_HASH_WAIT_SECONDS,
    )
    with slots.slot():
        yield


class HashSlotMixin:
    """Holds a slot during each hash; mixed into one of Django's hashers."""

    def encode(self, *args: Any, **options: Any) -> str:
        """Hash a password. Raises HashingBusy."""
        with hash_slot():
            return super().encode(*args, **options)  # type: ignore[misc,no-any-return]

    def verify(self, *args: Any, **options: Any) -> bool:
        """Whether a password has this hash. Raises HashingBusy."""
        with hash_slot():
            return super().verify(*args, **options)  # type: ignore[misc,no-any-return]

    def harden_runtime(self, *args: Any, **options: Any) -> None:
        """Spend the time that a hash with today's parameters takes. Raises HashingBusy."""
        with hash_slot():
            super().harden_runtime(*args, **options)  # type: ignore[misc]


class Argon2(HashSlotMixin, Argon2PasswordHasher):
    """Django's Argon2id, which hashes new passwords."""


class PBKDF2(HashSlotMixin, PBKDF2PasswordHasher):
    """Django's PBKDF2, whose hashes are accepted and replaced at the next login."""
