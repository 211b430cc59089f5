"""Real workers and beats, stopped, killed and cut off: nothing is lost and nothing doubles."""

import os
import signal
from collections import Counter
from contextlib import contextmanager

import pytest
from config import celery_alive
from config.celery import TASK_LIMIT, app
from config.celery_health import WORKER
from config.settings.queue import VISIBILITY, every
from django.conf import settings
from django.db import transaction
from health.checks import queue_client
from notes.models import Note
from outbox import relay
from outbox.models import Message
from outbox.services import enqueue
from processes import process, until
from redis import Redis

pytestmark = pytest.mark.django_db(transaction=True)
# A worker that is lost must be missed soon enough for a test.
QUICK = {"OUTBOX_RESEND": "1", "OUTBOX_LEASE": "2", "QUEUE_VISIBILITY": "4"}
CELERY = ["celery", "-A", "config.celery:app", "--workdir", "/srv/app"]


@pytest.fixture(autouse=True)
def _an_empty_queue(settings):
    settings.OUTBOX_RESEND = 1
    app.loader.import_default_modules()  # as a worker does
    queue_client().flushdb()
    yield
    queue_client().flushdb()


@contextmanager
def worker(*, name="one", concurrency=2, **values):
    """A worker that takes tasks, with those of `effects`."""
    WORKER.unlink(missing_ok=True)
    words = ["worker", "-I", "effects", "-n", name, "--concurrency", str(concurrency)]
    given = {**QUICK, "APP_WORKER_METRICS_PORT": "0", "APP_LOG_LEVEL": "WARNING", **values}
    with process(*CELERY, *words, **given) as started:
        until(lambda: WORKER.exists() or started.poll() is not None, what="the worker takes tasks")
        assert started.poll() is None, "the worker ended at once"
        yield started


def put(number, *, seconds):
    for each in range(number):
        with transaction.atomic():
            args = {"text": f"t{each}", "seconds": seconds}
            enqueue("effects.write", args=args, key=f"t{each}")


def counted():
    return Counter(Note.objects.values_list("title", flat=True))


def all_done():
    relay.sweep()
    return not Message.objects.filter(done_at=None).exists()


def nothing_waits():
    return not Message.objects.filter(done_at=None, dead_at=None).exists()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_a_worker_that_ends_in_the_middle_loses_and_doubles_nothing(by):
    put(12, seconds=0.4)
    with worker(WORKER_STOP_GRACE="15") as first:
        until(lambda: len(counted()) >= 3, what="it is in the middle")
        if by == signal.SIGTERM:
            first.terminate()
            assert first.wait(15) == 0, "it ended well, within its grace"
        else:
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()
        assert 3 <= len(counted()) < 12
        assert not by == signal.SIGTERM or Message.objects.filter(leased_until=None).count() == 12
    with worker(name="two"):
        until(all_done, what="the next one does the rest")
    assert counted() == Counter({f"t{each}": 1 for each in range(12)})


def test_a_task_longer_than_the_grace_is_given_back_and_done_by_the_next():
    put(1, seconds=9)
    with worker(WORKER_STOP_GRACE="15") as first:
        until(lambda: Message.objects.filter(attempts=1).exists(), what="it has begun")
        first.terminate()
        assert first.wait(14) == 0
    assert not Note.objects.exists()
    Message.objects.update(args={"text": "t0", "seconds": 0})
    with worker(name="two"):
        until(all_done, what="the next one does it")
    assert counted() == Counter({"t0": 1})


def test_a_broker_that_loses_everything_loses_no_work():
    put(20, seconds=0.1)
    with worker():
        until(lambda: len(counted()) >= 4, what="it is in the middle")
        queue_client().flushdb()
        assert len(counted()) < 20
        until(all_done, what="all is sent again")
    assert counted() == Counter({f"t{each}": 1 for each in range(20)})


def test_a_task_that_kills_its_process_is_given_up_and_kept():
    with worker():
        for text in ("first", "second"):
            app.send_task("effects.die", kwargs={"text": text}, queue="default")
            until(lambda: Message.objects.filter(args__text=text).exists(), what="it is kept")
        put(1, seconds=0)
        until(nothing_waits, what="the worker goes on")
    assert counted() == Counter({"first": 2, "second": 2, "t0": 1})
    assert {kept.task for kept in Message.objects.exclude(dead_at=None)} == {"effects.die"}


def test_the_urgent_comes_first():
    for queue in ("bulk", "default", "critical"):
        for each in range(3):
            app.send_task("effects.write", kwargs={"text": f"{queue} {each}"}, queue=queue)
    with worker(concurrency=1):
        until(lambda: Note.objects.count() == 9, what="all are done")
    order = [note.title.split()[0] for note in Note.objects.order_by("id")]
    assert order == ["critical"] * 3 + ["default"] * 3 + ["bulk"] * 3


def test_a_worker_that_was_cut_off_takes_tasks_again():
    with worker():
        for _ in range(2):
            client = Redis.from_url(settings.CELERY_BROKER_URL)
            client.client_kill_filter(_type="normal", skipme=True)
            client.client_kill_filter(_type="pubsub")
            WORKER.unlink(missing_ok=True)
            until(WORKER.exists, what="it takes from the queue again", seconds=15)


def test_one_that_takes_nothing_is_not_alive_whatever_its_heart_says(monkeypatch):
    WORKER.unlink(missing_ok=True)
    monkeypatch.setattr(celery_alive, "_received_at", float("-inf"))
    celery_alive._still_at_work()
    assert not WORKER.exists()
    monkeypatch.setattr(celery_alive.state, "active_requests", {object()})
    celery_alive._still_at_work()
    assert WORKER.exists(), "one that is busy is alive"
    WORKER.unlink()
    monkeypatch.setattr(celery_alive.state, "active_requests", set())
    celery_alive._received()
    assert WORKER.exists()


def beat():
    """A beat with a quick schedule."""
    words = ["beat", "-s", f"/tmp/schedule-{os.urandom(4).hex()}", "--pidfile="]
    return process(*CELERY, *words, DJANGO_SETTINGS_MODULE="beat_settings")


def ticks():
    return queue_client().llen("critical")


def test_two_beats_send_what_one_would_and_the_second_takes_over():
    Redis.from_url(settings.BEAT_LOCK_URL).delete("beat:leader")
    with beat() as one, beat() as other:
        until(lambda: ticks() >= 2, what="one of them works")
        started, began = ticks(), queue_client().time()
        until(lambda: ticks() >= started + 6, what="it goes on")
        ended = queue_client().time()
        seconds = ended[0] - began[0] + (ended[1] - began[1]) / 1e6
        assert seconds > 2.0, "two would have sent them in half the time"
        one.kill()
        one.wait()
        after = ticks()
        until(lambda: ticks() >= after + 3, what="the other takes over", seconds=15)
        other.terminate()
        assert other.wait(10) == 0
    assert not Redis.from_url(settings.BEAT_LOCK_URL).exists("beat:leader"), "it was given back"


def test_every_task_is_bounded():
    assert len(app.tasks) > 5
    for name, task in app.tasks.items():
        if name.startswith("celery."):
            continue
        limit = task.time_limit or app.conf.task_time_limit
        assert 0 < limit <= TASK_LIMIT < VISIBILITY, name
        assert task.max_retries is not None and task.max_retries <= 10, name
        assert task.retry_jitter and 0 < task.retry_backoff_max < VISIBILITY, name
        assert task.acks_late and task.reject_on_worker_lost, name
    assert settings.OUTBOX_LEASE > TASK_LIMIT
    assert app.conf.worker_soft_shutdown_timeout < settings.STOP_GRACE


def test_a_schedule_never_piles_up_and_names_tasks_that_exist():
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks
        assert entry["options"]["expires"] <= entry["schedule"]
    assert every(5, "x")["options"] == {"expires": 5}


def test_a_task_is_sent_after_the_commit_and_not_after_a_rollback():
    with pytest.raises(RuntimeError), transaction.atomic():
        app.tasks["health.tasks.heartbeat"].delay_on_commit()
        raise RuntimeError
    assert ticks() == 0
    with transaction.atomic():
        app.tasks["health.tasks.heartbeat"].delay_on_commit()
        assert ticks() == 0
    assert ticks() == 1
