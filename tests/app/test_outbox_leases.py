"""A message that a worker has: for how long, and who goes on when that worker is gone."""

import time
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.db.models.functions import Now

from config.celery import app
from core.redis.client import redis_client
from domains.notes.models import Note
from outbox import leases, relay
from outbox.models import Message
from parallel import at_once
from workers import deliver, given

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _an_empty_queue():
    app.loader.import_default_modules()  # as a worker does
    redis_client("broker").flushdb()
    yield
    redis_client("broker").flushdb()


def test_work_that_outlives_its_lease_counts_once(settings):
    settings.OUTBOX_LEASE = 1
    message = given(seconds=1.5)

    def after(seconds):
        time.sleep(seconds)
        return deliver(message.pk)

    assert sorted(at_once(partial(after, 0), partial(after, 1.2))) == ["done", "nothing to do"]
    assert Note.objects.count() == 1


def leased(message):
    """A lease of another session that lives: its process there. Its worker does nothing more."""
    assert at_once(partial(leases.acquire, message.pk))[0].attempts == message.attempts + 1
    message.refresh_from_db()
    assert message.leased_by and message.leased_until > message.leased_at > message.created_at
    return message.leased_by


def end(session):
    """It is gone, as that of a worker that was killed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [session])
        assert cursor.fetchone() == (True,)


def test_a_lease_ends_with_the_session_that_took_it():
    message = given()
    session = leased(message)
    assert deliver(message.pk) == "nothing to do", "its worker may be at it"
    assert leases.release_abandoned() == 0 and relay.sweep() == 0
    end(session)
    assert deliver(message.pk) == "done"
    message.refresh_from_db()
    assert message.attempts == 2 and message.leased_by is None and Note.objects.count() == 1


def test_the_sweep_sends_at_once_what_a_worker_left_that_is_gone_but_only_the_first_time():
    message = given()
    end(leased(message))
    redis_client("broker").flushdb()
    assert relay.sweep() == 1 and relay.sweep() == 0
    assert redis_client("broker").llen("default") == 1
    end(leased(message))
    assert relay.sweep() == 0, "it may be what kills them"
    assert deliver(message.pk) == "done"


def test_a_lease_of_an_unknown_session_lasts_as_long_as_it_says():
    message = given()
    leased(message)
    Message.objects.update(leased_by=None)  # as an earlier release leaves it
    assert deliver(message.pk) == "nothing to do" and leases.release_abandoned() == 0
    # The number of a process of PostgreSQL may be another's by now.
    long_ago = Now() - timedelta(days=1)
    Message.objects.update(leased_by=own_session(), leased_at=long_ago)
    assert deliver(message.pk) == "done"


def own_session():
    """The process of PostgreSQL that serves this one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]
