"""The outbox: with the change or not at all, and done once."""

from functools import partial

import pytest
from django.core import mail
from django.db import transaction
from django.db.models.functions import Now
from django.db.transaction import TransactionManagementError

import effects
from accounts.email import messages
from config.celery import app
from core.redis.client import redis_client
from domains.notes.models import Note
from factories import UserFactory
from outbox import delivery, relay, services
from outbox.models import Message
from outbox.services import enqueue
from outbox.tasks import sweep
from parallel import at_once
from workers import deliver, due_now, given

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _an_empty_queue():
    app.loader.import_default_modules()  # as a worker does
    redis_client("broker").flushdb()
    yield
    redis_client("broker").flushdb()


def test_it_belongs_into_a_transaction():
    with pytest.raises(TransactionManagementError):
        enqueue("effects.write", args={"text": "alone"}, key="alone")
    with pytest.raises(ValueError, match="no queue 'urgent'"), transaction.atomic():
        enqueue("effects.write", args={"text": "alone"}, key="alone", queue="urgent")
    assert not Message.objects.exists()


def test_it_goes_with_the_change_or_not_at_all():
    with pytest.raises(RuntimeError), transaction.atomic():
        enqueue("effects.write", args={"text": "undone"}, key="undone")
        raise RuntimeError
    assert not Message.objects.exists() and redis_client("broker").llen("default") == 0
    given("kept", key="kept")
    assert redis_client("broker").llen("default") == 1
    given("kept", key="kept")
    assert Message.objects.count() == redis_client("broker").llen("default") == 1


def test_only_a_number_travels():
    given("confidential")
    (sent,) = redis_client("broker").lrange("default", 0, -1)
    assert b"confidential" not in sent


def test_the_work_is_done_once_and_marked():
    message = given()
    assert deliver(message.pk) == "done"
    assert deliver(message.pk) == "nothing to do"
    message.refresh_from_db()
    assert message.done_at and message.attempts == 1 and Note.objects.count() == 1


def test_many_workers_with_one_message_do_it_once():
    message = given(seconds=0.2)
    told = at_once(*[partial(deliver, message.pk)] * 4)
    assert sorted(told) == ["done"] + ["nothing to do"] * 3
    assert Note.objects.count() == 1


def test_the_sweep_sends_again_what_a_broker_has_lost():
    message = given()
    redis_client("broker").flushdb()
    assert sweep() == 0, "it may still be under way"
    due_now()
    assert sweep() == 1 and redis_client("broker").llen("default") == 1
    first = Message.objects.get()
    assert first.sends == 1 and first.next_at > first.created_at
    Message.objects.update(next_at=Now())
    sweep()
    again = Message.objects.get()
    assert again.next_at - first.next_at > (first.next_at - first.created_at) / 3
    assert deliver(message.pk) == "done"


def test_two_sweeps_share_what_is_due():
    for number in range(30):
        given(f"n{number}")
    redis_client("broker").flushdb()
    due_now()
    assert sum(at_once(*[relay.sweep] * 4)) == 30
    assert redis_client("broker").llen("default") == 30


def test_a_broker_that_is_away_stops_no_change(monkeypatch, caplog):
    def away(*_, **__):
        raise ConnectionError("redis://:canary-password@queue")

    monkeypatch.setattr(relay, "publish", away)
    message = given()
    assert message.done_at is None and "not sent yet" in caplog.text
    assert "canary" not in caplog.text
    monkeypatch.undo()
    due_now()
    assert relay.sweep() == 1


def test_a_frozen_broker_holds_up_one_change_and_not_each(monkeypatch):
    tried = []

    def frozen(message, *, task, **_):
        assert task == "effects.write"
        tried.append(message)
        raise TimeoutError

    monkeypatch.setattr(relay, "publish", frozen)
    first, second = given("one"), given("two")
    assert tried == [first.pk] and second.sends == 0
    monkeypatch.undo()
    services.breaker.close()
    given("three")
    assert redis_client("broker").llen("default") == 1
    due_now()
    assert relay.sweep() == 3


def test_a_message_for_a_queue_that_is_gone_stops_no_other():
    for queue in ("renamed", "bulk"):  # as an earlier release has written them
        Message.objects.create(key=queue, task="effects.write", queue=queue)
    assert relay.sweep() == 2
    assert redis_client("broker").llen("default") == redis_client("broker").llen("bulk") == 1


def test_the_key_is_known_to_the_work(monkeypatch):
    seen = []
    monkeypatch.setattr(
        effects.write, "run", lambda **_: seen.append(delivery.current_message_key())
    )
    deliver(given(key="mail:1").pk)
    assert seen == ["mail:1"] and delivery.current_message_key() == ""


def test_a_mail_that_is_sent_twice_has_one_name():
    messages.request_mail(messages.RESET, email=UserFactory().email)
    message = Message.objects.get()
    for _ in range(2):  # as after a crash between the mail and the commit
        Message.objects.update(done_at=None)
        assert deliver(message.pk) == "done"
    first, second = (letter.message()["Message-ID"] for letter in mail.outbox)
    assert first == second == f"<{message.key.replace(':', '.')}@localhost>"
