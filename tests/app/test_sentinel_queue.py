"""The whole service under Sentinels, by configuration alone, and a failover with work at hand."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from types import SimpleNamespace

import pytest
import requests
from django.conf import settings
from kombu import Connection, Exchange, Queue
from redis import ConnectionError as Away

from core.celery.broker import SentinelChannel as Channel
from factories import PASSWORD, UserFactory
from fleet import fleet
from operators import SMOKE
from outbox.models import Message
from processes import process, served, until
from workers import CELERY, counted, put, worker

pytestmark = pytest.mark.django_db(transaction=True)
RATES = {"APP_RATE_WRITE_ADDRESS": "1000000/h"}
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
    headers = {"Host": "localhost", "X-Forwarded-Proto": "https", **SMOKE}
    sent = requests.post(
        f"{service.address}/api/v1/echo/", json={"text": text}, headers=headers, timeout=10
    )
    if sent.status_code != 202:
        return sent.status_code
    place = sent.headers["Location"].split("localhost", 1)[1]
    found = until(
        lambda: service.get(place, headers=SMOKE).json().get("result"), what="it is back", seconds=5
    )
    return found


@contextmanager
def asking(service, user):
    """Somebody who goes on asking, whatever happens: statuses of a request and of a task."""
    headers = {"Host": "localhost", "X-Forwarded-Proto": "https", **SMOKE}
    address, ended, heard = f"{service.address}/api/v1", Event(), []

    def ask(method, path, **more):
        found = requests.request(method, address + path, timeout=10, **more)
        assert found.status_code != 503 or found.headers["Retry-After"] == "2"
        return found

    given = {"email": user.email, "password": PASSWORD}
    token = ask("POST", "/auth/login/", json=given, headers=headers).json()["access"]
    own = {**headers, "Authorization": f"Bearer {token}"}

    def go_on():
        while not ended.wait(0.1):
            me = ask("GET", "/auth/me/", headers=own)
            task = ask("POST", "/echo/", json={"text": "again"}, headers=headers)
            heard.append((me.status_code, task.status_code))

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(go_on)
        try:
            yield heard
        finally:
            ended.set()
        running.result()


def undone():
    return Message.objects.filter(done_at=None, dead_at=None).count()


def test_work_is_done_once_and_the_service_goes_on(redis, queue_left_empty, settings):
    settings.OUTBOX_RESEND = 1
    values = {**redis.environment(), **RATES}
    user = UserFactory()
    with beat(**values), worker(**values) as crew, served(**values) as service:
        assert service.get("/health/ready").json()["checks"]["broker"]["ok"]
        assert echoed(service, "before") == "before"
        with asking(service, user) as heard:
            fail_over(redis, redis.freeze, texts=TEXTS[:30])
            fail_over(redis, redis.kill, texts=TEXTS[30:])
            until(lambda: heard[-1] == (200, 202), what="all is well")
        assert counted() == Counter(TEXTS)
        until(lambda: echoed(service, "after") == "after", what="results come back again")
        until(lambda: service.get("/health/ready").ok, what="it is ready")
        assert 'celery_queue_length{queue="default"}' in service.metrics().text
        assert crew.poll() is None, "it is the same worker all the time"
    assert {me for me, _ in heard} == {200, 503}, "let in or told to wait, and nothing else"
    assert {task for _, task in heard} == {202, 503}


def fail_over(redis, strike, *, texts):
    """While work is done and more waits. A frozen primary wakes up as one, and is set right."""
    old, before = redis.primary(), len(counted())
    put(*texts, seconds=0.05)
    until(lambda: len(counted()) >= before + 5, what="it is in the middle")
    strike(old)
    assert undone() > 5
    redis.another_than(old)
    redis.thaw(old)
    until(lambda: not undone(), what="all is done")


@pytest.fixture
def opened(redis):
    """A connection as Celery's own."""
    place = redis.place()
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS | place.celery_options()
    with Connection(place.celery_url(database=0), transport_options=options) as connection:
        yield connection


def test_a_subscription_that_was_cut_off_does_not_stop_the_worker(opened):
    channel = opened.default_channel
    told = Queue("told", Exchange("told", type="fanout"))
    with opened.Consumer([told], callbacks=[lambda body, message: None]):
        opened.drain_events(timeout=5)  # it is told that it has subscribed
        assert channel._receive_one(channel.subclient) is None, "it waits for nothing"
        channel.subclient.connection.disconnect()
        with pytest.raises(Away):
            channel._receive_one(channel.subclient)


def test_queues_by_urgency_and_what_is_not_acknowledged_are_as_in_one_redis(redis, opened):
    channel = opened.default_channel
    assert isinstance(channel, Channel), "not kombu's own"
    assert channel.visibility_timeout == settings.VISIBILITY
    given = channel.pool.connection_kwargs
    for name in ("socket_timeout", "socket_connect_timeout", "health_check_interval"):
        assert given[name] == settings.CELERY_BROKER_TRANSPORT_OPTIONS[name]
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
    closed = opened.channel()
    closed.close()
    with pytest.raises(Away):
        closed.basic_publish(closed.prepare_message("late"), "", "default")
    given_up = opened.channel()
    given_up._disconnect_pools()
    transport, given_up.connection = given_up.connection, SimpleNamespace(client=None)
    with pytest.raises(Away):
        given_up.qos.restore_unacked()
    given_up.connection = transport
    held = redis.asked(redis.primary(), database=0).hkeys("unacked")
    assert held == [heard[-1].delivery_tag.encode()]
