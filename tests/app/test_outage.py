"""After an outage of PostgreSQL or Redis the service goes on at once, not when a back-off ends.

Each wait between two tries grows, in psycopg's pool and in Celery alike: the longer the outage,
the later its end is seen.
"""

import time

import pytest
from django.conf import settings
from django.db import connection

from config.celery import app
from processes import Relay, served, until

OUTAGE = 8.5  # seconds: psycopg's pool tries after 1, 3, 7 and 15 s
BACK = 4.0  # seconds after which all must work: the pool's tries, and a busy machine


@pytest.fixture
def postgres():
    """A way to PostgreSQL that can be closed and opened again."""
    given = connection.settings_dict
    opened = Relay(host=given["HOST"], port=int(given["PORT"]))
    yield opened
    opened.close()


@pytest.mark.django_db(transaction=True)
def test_after_an_outage_of_the_database_the_service_answers_at_once(postgres):
    to = {"DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": str(postgres.port)}
    with served(**to) as service:
        path = "/api/v1/projects/public/"
        until(lambda: service.get(path).ok, what="it answers")
        postgres.refuse()
        end = time.monotonic() + OUTAGE
        while time.monotonic() < end:
            assert service.get(path).status_code == 503
        postgres.accept()
        began = time.monotonic()
        until(lambda: service.get(path).ok, what="it answers again")
        assert time.monotonic() - began < BACK


def test_the_pool_gives_up_a_try_before_its_wait_grows():
    assert settings.DATABASES["default"]["OPTIONS"]["pool"]["reconnect_timeout"] <= 2


def test_a_worker_tries_its_broker_every_other_second():
    waits = []

    def slept(_, wait):
        waits.append(wait)
        if len(waits) == 4:
            raise StopIteration

    with app.connection_for_read("redis://127.0.0.1:1/0") as broker, pytest.raises(StopIteration):
        broker.ensure_connection(slept, 100)
    assert max(waits) <= 2, waits
