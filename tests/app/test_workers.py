"""Real workers and beats, stopped, killed and cut off: nothing is lost and nothing doubles."""

import os
import signal
import time
from collections import Counter

import pytest
import requests
from django.conf import settings
from django.db import transaction
from redis import Redis

import effects
from config.celery import TASK_LIMIT, app
from config.settings.queue import VISIBILITY, every
from core.celery import liveness
from core.celery.health import WORKER
from core.redis.client import redis_client
from domains.notes.models import Note
from outbox.models import Message
from processes import free_port, process, until
from workers import CELERY, all_done, counted, put, worker

pytestmark = pytest.mark.django_db(transaction=True)
SHORT = [f"t{each}" for each in range(12)]
DONE = 'celery_task_seconds_count{state="SUCCESS",task="effects.write"} 9.0'


@pytest.fixture(autouse=True)
def _an_empty_queue(settings):
    settings.OUTBOX_RESEND = 1
    app.loader.import_default_modules()  # as a worker does
    redis_client("broker").flushdb()
    yield
    redis_client("broker").flushdb()


# As in production: nothing of what follows may have to wait for one of these.
SLOW = {"OUTBOX_LEASE": "150", "QUEUE_VISIBILITY": "300"}
BRIEF = {**SLOW, "DJANGO_SETTINGS_MODULE": "stop_settings"}


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_a_worker_that_ends_in_the_middle_loses_and_doubles_nothing(by):
    put("long", seconds=60)
    put(*SHORT, seconds=0.4)
    with worker(**BRIEF) as first:
        until(lambda: len(counted()) >= 3, what="it is in the middle")
        if by == signal.SIGTERM:
            first.terminate()
            assert first.wait(15) == 0, "it ended well, within its grace"
        else:
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()
        assert 3 <= len(counted()) < 12
        leased = set(Message.objects.exclude(leased_until=None).values_list("key", flat=True))
        assert leased == {"long"} or (by == signal.SIGKILL and "long" in leased)
    Message.objects.filter(key="long").update(args={"text": "long"})
    with worker(name="two", **SLOW):
        until(all_done, what="the next one does the rest")
    assert counted() == Counter([*SHORT, "long"])
    assert Message.objects.get(key="long").attempts == 2


def test_a_deploy_hands_a_long_task_to_the_next_worker_within_seconds():
    put("long", seconds=60)
    with worker(**BRIEF) as first:
        until(lambda: Message.objects.filter(attempts=1).exists(), what="it has begun")
        with worker(name="two", **SLOW) as idle:
            Message.objects.update(args={"text": "long"})
            first.terminate()
            assert first.wait(15) == 0
            until(all_done, what="the other one has done it", seconds=10)
            idle.terminate()
            assert idle.wait(10) == 0, "it has nothing to wait for"
    assert counted() == Counter(["long"]) and Message.objects.get().attempts == 2


def test_a_worker_that_stops_waits_for_its_tasks_and_no_longer():
    put("short", seconds=2)
    effects.write.delay(text="plain", seconds=2)
    put("later")
    with worker(WORKER_STOP_GRACE="60") as stopped:
        until(lambda: Message.objects.filter(attempts=1).exists(), what="it has begun")
        began = time.monotonic()
        stopped.terminate()
        assert stopped.wait(25) == 0 and time.monotonic() - began > 1, "of the 50 s that it has"
    assert counted() == Counter(["short", "plain"]), "what ran has ended, and nothing was begun"
    broker = redis_client("broker")
    assert broker.llen("default") == 1 and not broker.hlen("unacked")


@pytest.mark.parametrize("task", ["effects.write", "effects.stay"])
def test_another_task_that_is_cut_short_is_given_back_at_once(task):
    more = {"seconds": 60} if task == "effects.write" else {}
    app.send_task(task, kwargs={"text": "plain", **more})
    with worker(**BRIEF) as first:
        until(counted, what="it has begun")
        first.terminate()
        assert first.wait(15) == 0
    broker = redis_client("broker")
    assert broker.llen("default") == 1 and not broker.hlen("unacked")


def test_the_urgent_comes_first():
    for queue in ("bulk", "default", "critical"):
        for each in range(3):
            app.send_task("effects.write", kwargs={"text": f"{queue} {each}"}, queue=queue)
    port = str(free_port())
    own = {"APP_WORKER_METRICS_PORT": port, "PROMETHEUS_MULTIPROC_DIR": f"/tmp/metrics-{port}"}
    with worker(concurrency=1, **own):
        until(lambda: Note.objects.count() == 9, what="all are done")
        until(lambda: DONE in requests.get(f"http://127.0.0.1:{port}").text, what="9 are counted")
    order = [note.title.split()[0] for note in Note.objects.order_by("id")]
    assert order == ["critical"] * 3 + ["default"] * 3 + ["bulk"] * 3


def test_one_that_takes_nothing_is_not_alive_whatever_its_heart_says(monkeypatch):
    WORKER.unlink(missing_ok=True)
    monkeypatch.setattr(liveness, "_received_at", float("-inf"))
    liveness._on_heartbeat()
    assert not WORKER.exists()
    monkeypatch.setattr(liveness.state, "active_requests", {object()})
    liveness._on_heartbeat()
    assert WORKER.exists(), "one that is busy is alive"
    WORKER.unlink()
    monkeypatch.setattr(liveness.state, "active_requests", set())
    liveness._on_received()
    assert WORKER.exists()


def beat():
    """A beat with a quick schedule."""
    words = ["beat", "-s", f"/tmp/schedule-{os.urandom(4).hex()}", "--pidfile="]
    return process(*CELERY, *words, DJANGO_SETTINGS_MODULE="beat_settings")


def ticks():
    return redis_client("broker").llen("critical")


def test_two_beats_send_what_one_would_and_the_second_takes_over():
    Redis.from_url(settings.BEAT_LOCK_URL).delete("beat:leader")
    with beat() as one, beat() as other:
        until(lambda: ticks() >= 2, what="one of them works")
        started, began = ticks(), redis_client("broker").time()
        until(lambda: ticks() >= started + 6, what="it goes on")
        ended = redis_client("broker").time()
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
    assert 0 < settings.WORKER_SOFT_STOP < settings.STOP_GRACE


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
