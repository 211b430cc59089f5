"""A broker that forgets, hangs up or freezes under a worker: nothing is lost, and it goes on."""

from collections import Counter

import pytest
from django.conf import settings
from redis import Redis

import effects
from config.celery import app
from core.celery.health import WORKER
from core.redis.client import redis_client
from outbox.models import Message
from processes import Relay, until
from workers import all_done, counted, put, worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def broker():
    """A way to the queue that can be frozen."""
    opened = Relay(host=settings.ENV.queue.host, port=int(settings.ENV.queue.port))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def crew(broker, django_db_setup):
    """One worker for all tests here: it has to bear all of it."""
    with worker(QUEUE_HOST="127.0.0.1", QUEUE_PORT=str(broker.port)) as started:
        yield started


@pytest.fixture(autouse=True)
def _an_empty_queue(settings, crew):
    settings.OUTBOX_RESEND = 1
    app.loader.import_default_modules()  # as a worker does
    redis_client("broker").flushdb()
    yield
    assert crew.poll() is None, "it is the same worker all the time"
    redis_client("broker").flushdb()


def test_a_broker_that_loses_everything_loses_no_work():
    texts = [f"t{each}" for each in range(20)]
    put(*texts, seconds=0.1)
    until(lambda: len(counted()) >= 4, what="it is in the middle")
    redis_client("broker").flushdb()
    assert len(counted()) < 20
    until(all_done, what="all is sent again")
    assert counted() == Counter(texts)


def test_a_worker_that_was_cut_off_takes_tasks_again():
    client = Redis.from_url(settings.CELERY_BROKER_URL)
    for text in ("first", "second"):
        assert client.client_kill_filter(_type="normal", skipme=True) >= 1
        client.client_kill_filter(_type="pubsub")
        effects.write.delay(text=text)
        until(lambda text=text: counted()[text], what="it takes from the queue again", seconds=15)


def test_while_the_broker_is_frozen_a_worker_gives_no_sign_of_life(broker):
    broker.freeze()
    until(lambda: not_touched_for(6.0), what="no sign of life", seconds=20)
    effects.write.delay(text="after")
    assert not counted()
    broker.thaw()
    until(lambda: counted()["after"], what="it takes from the queue again", seconds=15)
    until(WORKER.exists, what="and says so")


def not_touched_for(seconds):
    """A worker touches the file each 2 s; here it is taken away, and must not come back."""
    WORKER.unlink(missing_ok=True)
    try:
        until(WORKER.exists, seconds=seconds)
    except AssertionError:
        return True
    return False


def test_a_task_that_kills_its_process_is_given_up_and_kept():
    effects.die.delay(text="deadly")
    until(Message.objects.exists, what="it is kept")
    put("next")
    until(all_done, what="the worker goes on")
    assert counted() == Counter({"deadly": 2, "next": 1}), "tried again once, and no more"
    assert [kept.task for kept in Message.objects.exclude(dead_at=None)] == ["effects.die"]
