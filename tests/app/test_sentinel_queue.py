"""The whole service under Sentinels, by configuration alone, and a failover with work at hand."""

import os
from collections import Counter

import pytest
import requests
from config.celery_broker import Channel
from django.conf import settings
from fleet import fleet
from kombu import Connection, Queue
from outbox.models import Message
from processes import process, served, until
from workers import CELERY, counted, put, worker

pytestmark = pytest.mark.django_db(transaction=True)
TEXTS = [f"t{each}" for each in range(60)]


@pytest.fixture
def redis(tmp_path):
    """Three servers and three Sentinels, for the queue."""
    with fleet(tmp_path) as running:
        yield running


def beat(**values):
    words = ["beat", "-s", f"/tmp/schedule-{os.urandom(4).hex()}", "--pidfile="]
    return process(*CELERY, *words, DJANGO_SETTINGS_MODULE="failover_settings", **values)


def echoed(service, text):
    """A text that a worker has sent back, or the status of a refusal."""
    headers = {"Host": "localhost", "X-Forwarded-Proto": "https"}
    sent = requests.post(
        f"{service.address}/api/v1/echo/", json={"text": text}, headers=headers, timeout=10
    )
    if sent.status_code != 202:
        return sent.status_code
    place = sent.headers["Location"].split("localhost", 1)[1]
    found = until(lambda: service.get(place).json().get("result"), what="it is back", seconds=5)
    return found


def undone():
    return Message.objects.filter(done_at=None, dead_at=None).count()


def test_work_is_done_once_and_the_service_goes_on(redis, queue_left_empty, settings):
    settings.OUTBOX_RESEND = 1
    values = redis.environment()
    with beat(**values), worker(**values) as crew, served(**values) as service:
        assert service.get("/health/ready").json()["checks"]["broker"]["ok"]
        assert echoed(service, "before") == "before"
        old = redis.primary()
        half_done(TEXTS[:30])
        redis.freeze(old)
        redis.another_than(old)
        redis.thaw(old)  # while the worker still waits there for work
        until(lambda: not undone(), what="all is done, after it was frozen")
        until(lambda: redis.role(old) == "slave", what="it follows")
        second = redis.primary()
        half_done(TEXTS[30:])
        redis.kill(second)
        redis.another_than(second)
        until(lambda: not undone(), what="all is done, after another's end")
        assert counted() == Counter(TEXTS)
        until(lambda: echoed(service, "after") == "after", what="results come back again")
        until(lambda: service.get("/health/ready").ok, what="it is ready")
        assert 'celery_queue_length{queue="default"} 0.0' in service.get("/metrics").text
        assert crew.poll() is None, "it is the same worker all the time"


def test_queues_by_urgency_and_what_is_not_acknowledged_are_as_in_one_redis(redis):
    place = redis.place()
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS | place.celery_options()
    with Connection(place.celery_url(database=0), transport_options=options) as opened:
        channel = opened.default_channel
        assert isinstance(channel, Channel), "not kombu's own"
        assert channel.visibility_timeout == settings.VISIBILITY
        given = channel.pool.connection_kwargs
        for name in ("socket_timeout", "socket_connect_timeout", "health_check_interval"):
            assert given[name] == options[name]
        producer, heard = opened.Producer(), []
        queues = [Queue(name, routing_key=name) for name in settings.QUEUES]
        for queue in reversed(queues):
            producer.publish(queue.name, routing_key=queue.name, declare=[queue])
        taking = opened.Consumer(queues, callbacks=[lambda body, message: heard.append(message)])
        taking.qos(prefetch_count=1)
        with taking:
            for _ in queues:
                opened.drain_events(timeout=5)
                heard[-1].ack() if len(heard) < len(queues) else None
        assert [message.payload for message in heard] == list(settings.QUEUES)
        held = redis.asked(redis.primary(), database=0).hkeys("unacked")
        assert held == [heard[-1].delivery_tag.encode()]


def half_done(texts):
    """Work, and a part of it is done."""
    before = len(counted())
    put(*texts, seconds=0.05)
    until(lambda: len(counted()) >= before + 5, what="it is in the middle")
    assert undone() > 5
