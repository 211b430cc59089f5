"""What Prometheus reads: right over several processes, closed to the world, few series."""

import re

import pytest
import requests

from core.observability import metrics
from core.redis.client import redis_client
from echo.tasks import echo
from health.tasks import heartbeat
from operators import MAY_READ_METRICS, METRICS_TOKEN
from processes import served, until

pytestmark = pytest.mark.django_db
SAMPLE = re.compile(r"^(\w+)(\{[^}]*\})? (\S+)$", re.MULTILINE)


def samples(text):
    """Name with labels -> number."""
    return {name + labels: float(number) for name, labels, number in SAMPLE.findall(text)}


def total(text, start, *parts):
    """The sum of the samples that begin so and have each part."""
    found = samples(text).items()
    return sum(n for key, n in found if key.startswith(start) and all(p in key for p in parts))


ASKED = ('route="unmatched"', 'status="404"')


@pytest.mark.django_db(transaction=True)
def test_the_counts_are_right_over_processes_that_come_and_go(tmp_path):
    folder = str(tmp_path / "metrics")
    # Each process ends after 8 requests at most: their followers must neither lose nor double.
    with served(
        workers=2, PROMETHEUS_MULTIPROC_DIR=folder, GUNICORN_CMD_ARGS="--max-requests 8"
    ) as one:
        for number in range(40):
            until(lambda: asked(one, f"/no-such-address/{number}") == 404)
        text = one.metrics().text
    assert total(text, "http_requests_total", *ASKED) == 40
    assert total(text, "http_request_seconds_count", ASKED[0]) == 40
    assert total(text, "http_request_queries_count", ASKED[0]) == 40
    assert "no-such-address" not in text, "an address is no label: there is no end of them"
    assert len(list((tmp_path / "metrics").glob("counter_*.db"))) <= 4, "files are used again"


def asked(service, path):
    """The status; None when a process that was just ending closed the connection."""
    try:
        return service.get(path, timeout=60).status_code
    except requests.ConnectionError:
        return None


@pytest.mark.parametrize(
    "given",
    ["", "Bearer", "Bearer wrong", f"Bearer {METRICS_TOKEN}x", f"Token {METRICS_TOKEN}"],
)
def test_without_its_token_there_is_nothing(client, settings, given):
    """Whether a proxy says that it is one, or not: that is no proof of anything."""
    headers = {"Authorization": given} if given else {}
    assert client.get("/metrics", headers=MAY_READ_METRICS).status_code == 200
    assert client.get("/metrics", headers=headers).status_code == 404
    settings.METRICS_TOKEN = ""  # it was never set: then nobody is let in, with no token either
    for name in (given, "Bearer ", "Bearer"):
        assert client.get("/metrics", headers={"Authorization": name}).status_code == 404


def test_each_part_and_the_room_in_the_queue_are_told(client, cache_unavailable):
    told = samples(client.get("/metrics", headers=MAY_READ_METRICS).content.decode())
    parts = {part: told[f'service_part_up{{part="{part}"}}'] for part in ("cache", "broker")}
    assert parts == {"cache": 0, "broker": 1}
    used, limit = (told[f'queue_memory_bytes{{state="{name}"}}'] for name in ("used", "limit"))
    assert 0 < used < limit


@pytest.mark.django_db
def test_queues_pools_and_tasks_are_told(client):
    queue = redis_client("broker")
    queue.flushdb()
    queue.rpush("bulk", "1", "2")
    echo.apply_async(args=["a"], queue="bulk", priority=6)
    try:
        heartbeat.apply(throw=True)
        metrics._pool_measured_at = 0.0
        client.get("/nowhere")
        text = client.get("/metrics", headers=MAY_READ_METRICS).content.decode()
    finally:
        queue.flushdb()
    told = samples(text)
    assert told['celery_queue_length{queue="bulk"}'] == 3, "with those of another priority"
    assert told['celery_queue_length{queue="critical"}'] == 0
    assert told['database_pool{state="used"}'] >= 1
    assert total(text, "celery_task_seconds_count", "heartbeat", "SUCCESS") >= 1


def test_without_the_queue_the_rest_is_told(client, monkeypatch):
    from redis import Redis

    monkeypatch.setattr("core.redis.client.redis_client", lambda use: Redis(port=1))
    answer = client.get("/metrics", headers=MAY_READ_METRICS)
    assert answer.status_code == 200 and b"celery_queue_length" not in answer.content
