"""How many passwords are hashed at once: never more than fit the container's memory."""

import threading
import time
from contextlib import contextmanager
from functools import partial

import pytest
from django.contrib.auth import hashers
from django.db import connections, transaction
from rest_framework.test import APIClient

from accounts.auth.passwords.hashers import HashingBusy, hash_slot
from accounts.email import tokens
from accounts.email.tokens import Registration
from accounts.models import User
from core.observability import metrics
from factories import PASSWORD, UserFactory
from parallel import at_once

URL = "/api/v1/auth/"
OTHER = "another long sentence"
WITH_ARGON2 = ["accounts.auth.passwords.hashers.Argon2", "accounts.auth.passwords.hashers.PBKDF2"]


@contextmanager
def watched(monkeypatch):
    """Counts how many hashes run at the same moment; the list has the most as its only item."""
    most, running, lock = [0], [0], threading.Lock()

    def counted(original, *args, **options):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.05)
        try:
            return original(*args, **options)
        finally:
            with lock:
                running[0] -= 1

    for kind in (hashers.Argon2PasswordHasher, hashers.PBKDF2PasswordHasher):
        for name in ("encode", "verify"):
            monkeypatch.setattr(kind, name, spy(getattr(kind, name), counted))
    yield most


def spy(original, counted):
    def replacement(self, *args, **options):
        return counted(partial(original, self), *args, **options)

    return replacement


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("algorithm", ["argon2", "pbkdf2_sha256"])
def test_no_more_are_hashed_at_once_than_the_setting_says(monkeypatch, settings, algorithm):
    settings.PASSWORD_HASHES_AT_ONCE, settings.PASSWORD_HASHES_WAITING = 2, 20
    settings.PASSWORD_HASH_WAIT_SECONDS = 20
    encoded = hashers.make_password(PASSWORD, hasher=algorithm)
    with watched(monkeypatch) as most:
        found = at_once(*[partial(hashers.check_password, PASSWORD, encoded)] * 8)
    assert found == [True] * 8
    # PBKDF2 compares by hashing anew: its `verify` calls its `encode`.
    assert most[0] == (2 if algorithm == "argon2" else 4)


@pytest.mark.django_db(transaction=True)
def test_a_full_queue_refuses_at_once(settings):
    settings.PASSWORD_HASHES_AT_ONCE, settings.PASSWORD_HASHES_WAITING = 1, 1
    settings.PASSWORD_HASH_WAIT_SECONDS = 20
    inside, leave = threading.Event(), threading.Event()

    def first():
        with hash_slot():
            inside.set()
            assert leave.wait(20)

    def later():
        assert inside.wait(20)
        try:
            with hash_slot():
                return "served"
        except HashingBusy as error:
            return error.wait
        finally:
            refused.release()

    refused = threading.Semaphore(0)

    def open_again():
        for _ in range(3):
            assert refused.acquire(timeout=20)
        leave.set()

    found = at_once(first, open_again, *[later] * 4)
    assert sorted(map(str, found[2:])) == ["1", "1", "1", "served"]


def test_waiting_ends_after_the_setting(settings):
    settings.PASSWORD_HASHES_AT_ONCE, settings.PASSWORD_HASHES_WAITING = 1, 1
    settings.PASSWORD_HASH_WAIT_SECONDS = 1
    results = []

    def wait():
        try:
            with hash_slot():
                results.append("served")
        except HashingBusy:
            results.append("refused")

    with hash_slot():
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(20)
    assert results == ["refused"]


@contextmanager
def full(settings, *, waiting=0):
    """Another thread holds the only slot; so many requests may wait for it."""
    settings.PASSWORD_HASHERS, settings.PASSWORD_HASH_WAIT_SECONDS = WITH_ARGON2, 20
    settings.PASSWORD_HASHES_AT_ONCE, settings.PASSWORD_HASHES_WAITING = 1, waiting
    held, leave = threading.Event(), threading.Event()

    def hold():
        with hash_slot():
            held.set()
            leave.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(20)
    try:
        yield
    finally:
        leave.set()
        thread.join()


def asked(as_user):
    """A request for each way in which a client can have a password hashed."""
    user = UserFactory()
    known, password = as_user(user), {"password": OTHER}
    newcomer = Registration(email="new@example.com", name="New")
    registration, reset = tokens.registration_token(newcomer), tokens.reset_token(user)
    form = {"username": user.email, "password": PASSWORD}
    login = {"email": user.email, "password": PASSWORD}
    return {
        "login": (APIClient(), f"{URL}login/", login),
        "unknown": (APIClient(), f"{URL}login/", {**login, "email": "nobody@example.com"}),
        "register": (APIClient(), f"{URL}register/confirm/", {"token": registration, **password}),
        "reset": (APIClient(), f"{URL}password/reset/confirm/", {"token": reset, **password}),
        "change": (known, f"{URL}password/", {"current": PASSWORD, **password}),
        "factor": (known, f"{URL}second-factor/begin/", {"password": PASSWORD}),
        "admin": (APIClient(), "/admin/login/", form),
    }


KINDS = ("login", "unknown", "register", "reset", "change", "factor", "admin")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS)
def test_each_way_to_a_hash_is_503_while_all_slots_are_taken(as_user, settings, kind):
    client, path, body = asked(as_user)[kind]
    form = {"format": "multipart"} if kind == "admin" else {}
    refusals = hashing_refused()
    with full(settings):
        answer = client.post(path, body, **form)
    assert answer.status_code == 503, answer.content
    assert answer["Retry-After"] == "1" and answer["Content-Type"] == "application/problem+json"
    assert "Too many passwords" in answer.json()["detail"]
    assert hashing_refused() == refusals + 1
    assert client.post(path, body, **form).status_code in (200, 201, 204, 302, 401)


def hashing_refused():
    """The counter that Prometheus reads."""
    return metrics.hash_refusals._value.get()


@pytest.mark.django_db(transaction=True)
def test_a_request_that_waits_for_its_turn_holds_no_lock(as_user, settings):
    """A password change takes its slot before it locks the account's row."""
    user = UserFactory()
    client, path, body = as_user(user), f"{URL}password/", {"current": PASSWORD, "password": OTHER}
    statuses = []

    def change():
        statuses.append(client.post(path, body).status_code)
        connections.close_all()

    waiting = threading.Thread(target=change)
    with full(settings, waiting=1):
        waiting.start()
        time.sleep(0.3)
        with transaction.atomic():
            assert User.objects.select_for_update(nowait=True).get(pk=user.pk)
        assert not statuses, "it still waits"
    waiting.join(20)
    assert statuses == [200]
