"""What fails: tried again, given up where a person sees it, and brought back."""

import json
import logging
from datetime import timedelta

import pytest
from celery.exceptions import Retry
from django.core.management import CommandError, call_command
from django.db.models import F
from django.db.models.functions import Now

from config.celery import app
from core.redis.client import redis_client
from domains.notes.models import Note
from outbox import dead, delivery, leases, relay
from outbox.leases import Work
from outbox.models import Message
from outbox.tasks import sweep
from workers import deliver, due_now, given

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _an_empty_queue():
    redis_client("broker").flushdb()
    yield
    redis_client("broker").flushdb()


def test_what_fails_leaves_nothing_and_is_tried_again_as_the_task_says(caplog):
    message = given("a", task="effects.unlucky")
    assert deliver(message.pk) == "dead", "here Celery tries again at once, and twice"
    said = [record for record in caplog.records if record.name == "service.outbox"]
    assert [record.levelname for record in said] == ["WARNING", "WARNING", "ERROR"]
    message.refresh_from_db()
    assert message.dead_at and message.attempts == 3 and message.leased_until is None
    assert message.error == "ValueError: no luck with a, password=[hidden]"
    assert not Note.objects.exists() and deliver(message.pk) == "nothing to do"


def test_what_will_be_tried_again_is_sent_again_should_the_broker_lose_it(settings):
    settings.OUTBOX_RESEND = 30
    message = given("a", task="effects.unlucky")
    work = leases.acquire(message.pk)
    delivery._postpone(message.pk, Retry(exc=ValueError("not yet"), when=60), work=work)
    message.refresh_from_db()
    assert message.leased_by is None and message.error == "ValueError: not yet"
    assert 80 < (message.next_at - message.created_at).total_seconds() < 100


def test_after_the_last_attempt_it_is_dead_and_a_person_brings_it_back(caplog):
    message = given("b", task="effects.fail")
    with caplog.at_level(logging.WARNING, "service.outbox"):
        assert [deliver(message.pk) for _ in range(2)] == ["dead", "nothing to do"]
    said = [record for record in caplog.records if record.name == "service.outbox"]
    assert [record.levelname for record in said] == ["ERROR"]
    due_now()
    assert relay.sweep() == 0, "what is dead is not sent"
    Message.objects.update(task="effects.write")
    assert dead.retry([message.pk]) == 1
    assert relay.sweep() == 1
    assert deliver(message.pk) == "done" and Note.objects.get().title == "b"


def test_a_task_that_no_release_knows_any_more_is_given_up_after_a_roll_out():
    given("c")
    Message.objects.update(task="effects.lost")
    due_now()
    assert relay.sweep() == 1, "another release may know it"
    Message.objects.update(created_at=Now() - timedelta(hours=2), next_at=Now())
    assert relay.sweep() == 0
    message = Message.objects.get()
    assert message.dead_at and "no task of this name" in message.error


def test_what_kills_its_worker_each_time_is_dead_in_the_end(settings):
    settings.OUTBOX_ATTEMPTS = 3
    attempts = max(3, app.tasks["effects.write"].max_retries + 1)
    message = given("heavy")
    # As three workers leave it that were killed at it, each long ago.
    Message.objects.update(attempts=attempts, leased_until=Now() - timedelta(seconds=1))
    assert deliver(message.pk) == "dead"
    message.refresh_from_db()
    assert message.dead_at and message.error.startswith("WorkersLost")
    assert not Note.objects.exists()


def test_a_late_failure_leaves_the_other_attempt_alone():
    message = given("late", task="effects.fail")
    lease = Now() + timedelta(seconds=60)
    Message.objects.update(attempts=5, leased_until=lease)
    late = Work(key="late", task="effects.fail", args={}, positional=[], attempts=4)
    delivery._store_dead(message.pk, ValueError("late"), work=late)
    message.refresh_from_db()
    assert message.leased_until and not message.error and not message.dead_at
    delivery._store_dead(message.pk, ValueError("now"), work=late._replace(attempts=5))
    message.refresh_from_db()
    assert message.leased_until is None and message.error == "ValueError: now" and message.dead_at


def test_another_task_that_fails_for_good_is_kept_too(settings):
    settings.OUTBOX_ATTEMPTS = 1
    app.tasks["effects.fail"].apply(kwargs={"text": "outside"})
    kept = Message.objects.get()
    assert kept.task == "effects.fail" and kept.args == {"text": "outside"} and kept.dead_at
    assert kept.key.startswith("task:") and "hunter2" not in kept.error
    Message.objects.update(task="effects.write")
    dead.retry([kept.pk])
    assert deliver(kept.pk) == "done"
    assert Note.objects.filter(title="outside").count() == 2


def test_what_beat_sends_again_is_not_kept(monkeypatch):
    monkeypatch.setattr("outbox.relay.sweep", lambda: 1 / 0)
    assert sweep.apply().failed()
    assert not Message.objects.exists()


def test_a_shell_lists_retries_and_drops(capsys, settings):
    settings.OUTBOX_ATTEMPTS = 1
    numbers = [given(f"d{n}", task="effects.fail").pk for n in range(3)]
    for number in numbers:
        deliver(number)
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


def test_what_is_done_goes_after_a_while_and_what_is_dead_stays(settings):
    done, given_up = given("f"), given("h")
    given("g")
    for number in Message.objects.values_list("pk", flat=True):
        if number != given_up.pk:
            deliver(number)
    old = {"done_at": F("done_at") - timedelta(days=8)}
    Message.objects.filter(pk=done.pk).update(**old)
    Message.objects.filter(pk=given_up.pk).update(dead_at=Now() - timedelta(days=80))
    assert dead.purge() == 1
    assert not Message.objects.filter(pk=done.pk).exists() and Message.objects.count() == 2
