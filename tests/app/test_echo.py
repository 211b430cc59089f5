"""A text's way through the real queue, a worker, and back."""

import time
import uuid

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.cache import cache
from rest_framework.test import APIClient

from config.celery import TASK_LIMIT, app
from config.settings.queue import VISIBILITY
from core.redis.client import redis_client
from factories import UserFactory
from health.tasks import HEARTBEAT_KEY, heartbeat
from operators import SMOKE_TOKEN

URL = "/api/v1/echo/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def api(api):
    """The smoke checks' client."""
    api.credentials(HTTP_X_SMOKE_TOKEN=SMOKE_TOKEN)
    return api


@pytest.mark.parametrize("token", ["", "wrong", f"{SMOKE_TOKEN}x", SMOKE_TOKEN[:-1]])
def test_nobody_else_sends_or_reads(token, settings):
    redis_client("broker").flushdb()
    client = APIClient(headers={"X-Smoke-Token": token} if token else {})
    answers = [client.post(URL, {"text": "hallo"}), client.get(f"{URL}{uuid.uuid4()}/")]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert "smoke checks" in answers[0].json()["detail"]
    assert redis_client("broker").llen("default") == 0
    settings.SMOKE_TOKEN = ""  # it was never set: then nobody is let in, with no token either
    for own in (client, APIClient(), APIClient(headers={"X-Smoke-Token": ""})):
        assert own.post(URL, {"text": "hallo"}).status_code == 403


def test_a_member_of_the_staff_without_the_token_sends_nothing(as_user):
    assert as_user(UserFactory(is_staff=True)).post(URL, {"text": "a"}).status_code == 403


def test_the_result_of_another_task_is_not_given_out(api):
    """Also not where its id is known: it is no id that echo has made."""
    other = uuid.uuid4()
    app.backend.store_result(str(other), "confidential", "SUCCESS")
    state = api.get(f"{URL}{other}/").json()
    assert (state["status"], state["result"]) == ("PENDING", None)


def test_results_are_kept_for_echo_alone_and_not_for_long():
    kept = [name for name, task in app.tasks.items() if not task.ignore_result]
    assert [name for name in kept if not name.startswith("celery.")] == ["echo.tasks.echo"]
    assert app.conf.result_expires <= 300 and app.conf.task_ignore_result


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
