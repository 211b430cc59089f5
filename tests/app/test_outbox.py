"""The outbox: with the change or not at all, done once, given up where a person sees it."""

import json
import logging
import time
from datetime import timedelta
from functools import partial

import effects
import pytest
from accounts import mails
from config.celery import app
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.db.transaction import TransactionManagementError
from factories import PASSWORD, UserFactory
from health.checks import queue_client
from notes.models import Note
from outbox import dead, delivery, relay, services
from outbox.models import Message
from outbox.services import enqueue
from outbox.tasks import sweep
from parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _an_empty_queue():
    queue_client().flushdb()
    yield
    queue_client().flushdb()


def put(text="work", *, task="effects.write", key=None, **more):
    with transaction.atomic():
        enqueue(task, args={"text": text, **more}, key=key or f"key:{text}")
    return Message.objects.latest("id")


def due_now():
    Message.objects.update(next_at=Now())


def test_it_belongs_into_a_transaction():
    with pytest.raises(TransactionManagementError):
        enqueue("effects.write", args={"text": "alone"}, key="alone")
    with pytest.raises(ValueError, match="no queue 'urgent'"), transaction.atomic():
        enqueue("effects.write", args={}, key="alone", queue="urgent")
    assert not Message.objects.exists()


def test_it_goes_with_the_change_or_not_at_all():
    with pytest.raises(RuntimeError), transaction.atomic():
        enqueue("effects.write", args={"text": "undone"}, key="undone")
        raise RuntimeError
    assert not Message.objects.exists() and queue_client().llen("default") == 0
    put("kept", key="kept")
    assert queue_client().llen("default") == 1
    put("kept", key="kept")
    assert Message.objects.count() == queue_client().llen("default") == 1


def test_only_a_number_travels():
    put("confidential")
    (sent,) = queue_client().lrange("default", 0, -1)
    assert b"confidential" not in sent


def test_the_work_is_done_once_and_marked():
    message = put()
    assert delivery.deliver(message.pk) == "done"
    assert delivery.deliver(message.pk) == "nothing to do"
    message.refresh_from_db()
    assert message.done_at and message.attempts == 1 and Note.objects.count() == 1


def test_work_that_waits_for_others_keeps_its_transaction():
    """A request's transaction that does nothing is ended much sooner than a task has to be."""
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '300ms'")
    try:
        assert delivery.deliver(put(seconds=0.8).pk) == "done"
        with connection.cursor() as cursor:
            cursor.execute("SHOW idle_in_transaction_session_timeout")
            assert cursor.fetchone() == ("300ms",), "it is the work's own"
    finally:
        connection.close()
    assert Note.objects.count() == 1


def test_many_workers_with_one_message_do_it_once():
    message = put(seconds=0.2)
    told = at_once(*[partial(delivery.deliver, message.pk)] * 4)
    assert sorted(told) == ["done"] + ["nothing to do"] * 3
    assert Note.objects.count() == 1


def test_work_that_outlives_its_lease_counts_once(settings):
    settings.OUTBOX_LEASE = 1
    message = put(seconds=1.5)

    def after(seconds):
        time.sleep(seconds)
        return delivery.deliver(message.pk)

    assert sorted(at_once(partial(after, 0), partial(after, 1.2))) == ["done", "done elsewhere"]
    assert Note.objects.count() == 1


def test_what_fails_leaves_nothing_and_waits_for_longer_each_time(settings, caplog):
    settings.OUTBOX_BACKOFF = 60
    message = put("a", task="effects.fail")
    assert delivery.deliver(message.pk) == "failed"
    message.refresh_from_db()
    assert not Note.objects.exists() and message.attempts == 1 and message.leased_until is None
    assert message.error == "ValueError: no luck with a, password=[hidden]"
    assert "hunter2" not in caplog.text
    waits = []
    for retries in range(40):
        Message.objects.update(attempts=retries % 2 * 4, leased_until=None)
        delivery.deliver(message.pk)
        message.refresh_from_db()
        waits.append((retries % 2, (message.next_at - message.created_at).total_seconds()))
    early, late = ([wait for which, wait in waits if which == kind] for kind in (0, 1))
    assert max(late) > 200 > max(early), "the wait grows with the attempts"
    assert len(set(map(round, late))) > 5, "and has jitter"


def test_after_the_last_attempt_it_is_dead_and_a_person_brings_it_back(settings, caplog):
    settings.OUTBOX_ATTEMPTS = 2
    message = put("b", task="effects.fail")
    with caplog.at_level(logging.WARNING, "service.outbox"):
        assert [delivery.deliver(message.pk) for _ in range(3)] == [
            *("failed", "dead"),
            "nothing to do",
        ]
    assert [record.levelname for record in caplog.records][:2] == ["WARNING", "ERROR"]
    due_now()
    assert relay.sweep() == 0, "what is dead is not sent"
    Message.objects.update(task="effects.write")
    assert dead.retry([message.pk]) == 1
    assert relay.sweep() == 1
    assert delivery.deliver(message.pk) == "done" and Note.objects.get().title == "b"


def test_a_task_that_nobody_knows_is_given_up_in_the_end(settings):
    settings.OUTBOX_ATTEMPTS = 1
    message = put("c", task="effects.lost")
    assert delivery.deliver(message.pk) == "dead"
    message.refresh_from_db()
    assert "effects.lost" in message.error


def test_the_sweep_sends_again_what_a_broker_has_lost():
    message = put()
    queue_client().flushdb()
    assert sweep() == 0, "it may still be under way"
    due_now()
    assert sweep() == 1 and queue_client().llen("default") == 1
    first = Message.objects.get()
    assert first.sends == 1 and first.next_at > first.created_at
    Message.objects.update(next_at=Now())
    sweep()
    again = Message.objects.get()
    assert again.next_at - first.next_at > (first.next_at - first.created_at) / 3
    assert delivery.deliver(message.pk) == "done"


def test_two_sweeps_share_what_is_due():
    for number in range(30):
        put(f"n{number}")
    queue_client().flushdb()
    due_now()
    assert sum(at_once(*[relay.sweep] * 4)) == 30
    assert queue_client().llen("default") == 30


def test_a_broker_that_is_away_stops_no_change(monkeypatch, caplog):
    def away(*_, **__):
        raise ConnectionError("redis://:canary-password@queue")

    monkeypatch.setattr(relay, "publish", away)
    message = put()
    assert message.done_at is None and "not sent yet" in caplog.text
    assert "canary" not in caplog.text
    monkeypatch.undo()
    due_now()
    assert relay.sweep() == 1


def test_a_frozen_broker_holds_up_one_change_and_not_each(monkeypatch):
    tried = []

    def frozen(message, **_):
        tried.append(message)
        raise TimeoutError

    monkeypatch.setattr(relay, "publish", frozen)
    first, second = put("one"), put("two")
    assert tried == [first.pk] and second.sends == 0
    monkeypatch.undo()
    monkeypatch.setattr(services, "_away_until", 0.0)
    put("three")
    assert queue_client().llen("default") == 1
    due_now()
    assert relay.sweep() == 3


def test_a_message_for_a_queue_that_is_gone_stops_no_other():
    for queue in ("renamed", "bulk"):
        Message.objects.create(key=queue, task="effects.write", queue=queue)
    assert relay.sweep() == 2
    assert queue_client().llen("default") == queue_client().llen("bulk") == 1


def test_what_kills_its_worker_each_time_is_dead_in_the_end(settings):
    settings.OUTBOX_ATTEMPTS = 3
    message = put("heavy")
    # As three workers leave it that were killed at it, each long ago.
    Message.objects.update(attempts=3, leased_until=Now() - timedelta(seconds=1))
    assert delivery.deliver(message.pk) == "dead"
    message.refresh_from_db()
    assert message.dead_at and message.error.startswith("WorkersLost")
    assert not Note.objects.exists()


def test_the_key_is_known_to_the_work(monkeypatch):
    seen = []
    monkeypatch.setattr(effects.write, "run", lambda **_: seen.append(delivery.key_at_work()))
    delivery.deliver(put(key="mail:1").pk)
    assert seen == ["mail:1"] and delivery.key_at_work() == ""


def test_a_mail_that_is_sent_twice_has_one_name():
    mails.ask_for(mails.RESET, email=UserFactory().email)
    message = Message.objects.get()
    for _ in range(2):  # as after a crash between the mail and the commit
        Message.objects.update(done_at=None)
        assert delivery.deliver(message.pk) == "done"
    first, second = (letter.message()["Message-ID"] for letter in mail.outbox)
    assert first == second == f"<{message.key.replace(':', '.')}@localhost>"


def test_a_late_failure_leaves_the_other_attempt_alone():
    message = put("late", task="effects.fail")
    Message.objects.update(attempts=5, leased_until=Now() + timedelta(seconds=60))
    delivery._failed(message.pk, ValueError("late"), task="effects.fail", attempts=4)
    message.refresh_from_db()
    assert message.leased_until and not message.error and not message.dead_at
    delivery._failed(message.pk, ValueError("now"), task="effects.fail", attempts=5)
    message.refresh_from_db()
    assert message.leased_until is None and message.error == "ValueError: now"


def test_another_task_that_fails_for_good_is_kept_too(settings):
    settings.OUTBOX_ATTEMPTS = 1
    app.tasks["effects.fail"].apply(kwargs={"text": "outside"})
    kept = Message.objects.get()
    assert kept.task == "effects.fail" and kept.args == {"text": "outside"} and kept.dead_at
    assert kept.key.startswith("task:") and "hunter2" not in kept.error
    Message.objects.update(task="effects.write")
    dead.retry([kept.pk])
    assert delivery.deliver(kept.pk) == "done"
    assert Note.objects.filter(title="outside").count() == 2


def test_what_beat_sends_again_is_not_kept(monkeypatch):
    monkeypatch.setattr("outbox.relay.sweep", lambda: 1 / 0)
    assert sweep.apply().failed()
    assert not Message.objects.exists()


def test_a_shell_lists_retries_and_drops(capsys, settings):
    settings.OUTBOX_ATTEMPTS = 1
    numbers = [put(f"d{n}", task="effects.fail").pk for n in range(3)]
    for number in numbers:
        delivery.deliver(number)
    call_command("dead_tasks", "list")
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {one["id"] for one in listed} == set(numbers) and listed[0]["args"]["text"] == "d2"
    call_command("dead_tasks", "retry", str(numbers[0]))
    call_command("dead_tasks", "drop", "--all")
    assert capsys.readouterr().out.splitlines() == ["retry: 1", "drop: 2"]
    assert Message.objects.get().pk == numbers[0]
    for wrong in (["retry"], ["drop", "1", "--all"]):
        with pytest.raises(CommandError):
            call_command("dead_tasks", *wrong)


def test_the_admin_shows_and_retries_and_changes_nothing(client, settings):
    settings.OUTBOX_ATTEMPTS = 1
    message = put("e", task="effects.fail")
    delivery.deliver(message.pk)
    desk = UserFactory(is_staff=True, is_superuser=True)
    client.post("/admin/login/", {"username": desk.email, "password": PASSWORD})
    page = client.get("/admin/outbox/message/?dead_at__isempty=0")
    assert b"effects.fail" in page.content
    assert client.get("/admin/outbox/message/add/").status_code == 403
    act = {"action": "try_again", "_selected_action": [message.pk]}
    assert client.post("/admin/outbox/message/", act).status_code == 302
    message.refresh_from_db()
    assert message.dead_at is None and message.attempts == 0


def test_what_is_done_goes_after_a_while_and_what_is_dead_stays(settings):
    done, given_up = put("f"), put("h")
    put("g")
    for number in Message.objects.values_list("pk", flat=True):
        if number != given_up.pk:
            delivery.deliver(number)
    old = {"done_at": F("done_at") - timedelta(days=8)}
    Message.objects.filter(pk=done.pk).update(**old)
    Message.objects.filter(pk=given_up.pk).update(dead_at=Now() - timedelta(days=80))
    assert dead.purge() == 1
    assert not Message.objects.filter(pk=done.pk).exists() and Message.objects.count() == 2


def test_prometheus_sees_what_waits(client, settings):
    settings.OUTBOX_ATTEMPTS = 1
    delivery.deliver(put("i", task="effects.fail").pk)
    put("j")
    text = client.get("/metrics").content.decode()
    assert 'celery_task_seconds_count{state="FAILURE",task="effects.fail"}' in text
    assert 'outbox_messages{state="waiting"} 1.0' in text
    assert 'outbox_messages{state="dead"} 1.0' in text and "outbox_oldest_seconds" in text
