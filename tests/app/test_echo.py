"""A text's way through the real queue, a worker, and back."""

import time
import uuid

import pytest
from celery.contrib.testing.worker import start_worker
from config.celery import TASK_LIMIT, app
from config.settings.queue import VISIBILITY
from django.core.cache import cache
from health.tasks import HEARTBEAT_KEY, heartbeat

URL = "/api/v1/echo/"


@pytest.fixture
def worker():
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        yield


def test_a_text_comes_back(api, worker):
    answer = api.post(URL, {"text": "hallo"})
    assert answer.status_code == 202
    place = f"{URL}{answer.json()['id']}/"
    assert answer["Location"].endswith(place)
    deadline = time.monotonic() + 20
    while (state := api.get(place).json())["status"] != "SUCCESS":
        assert time.monotonic() < deadline, state
        time.sleep(0.1)
    assert state == {"id": answer.json()["id"], "status": "SUCCESS", "result": "hallo"}


def test_an_unknown_id_is_pending(api):
    state = api.get(f"{URL}{uuid.uuid4()}/").json()
    assert (state["status"], state["result"]) == ("PENDING", None)
    assert api.get(f"{URL}nonsense/").status_code == 404


def test_an_empty_text_is_refused(api):
    assert list(api.post(URL, {"text": ""}).json()["errors"]) == ["text"]


def test_a_queue_that_is_away_is_503(api, monkeypatch):
    def away(**_):
        from kombu.exceptions import OperationalError

        raise OperationalError("redis://:canary-password@queue")

    monkeypatch.setattr("echo.apis.send_text", away)
    answer = api.post(URL, {"text": "hallo"})
    assert answer.status_code == 503 and "canary" not in answer.content.decode()


def test_a_task_is_never_lost_or_taken_twice():
    assert app.conf.task_acks_late and app.conf.task_reject_on_worker_lost
    assert app.conf.task_soft_time_limit < TASK_LIMIT < VISIBILITY
    assert app.conf.broker_transport_options["visibility_timeout"] == VISIBILITY


def test_the_heartbeat_is_written_down():
    cache.delete(HEARTBEAT_KEY)
    heartbeat()
    assert abs(cache.get(HEARTBEAT_KEY) - time.time()) < 5
    assert app.conf.beat_schedule["heartbeat"]["task"] == heartbeat.name
