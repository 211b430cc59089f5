"""One line for a request and for a task: what it cost, and nothing that is secret."""

import json
import logging

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path
from kombu import Exchange, Queue

import canary
from config.celery import app
from core.observability import request_stats
from core.observability.log_format import JsonFormatter, hide_secrets, request_id
from core.redis.client import redis_client

pytestmark = pytest.mark.django_db
SECRET = "canary-of-a-secret"


def _three_queries(request, token):
    with connection.cursor() as cursor:
        for _ in range(3):
            cursor.execute("SELECT %s", [SECRET])
    for _ in range(2):
        canary.get(compute=lambda: b"a value")
    return HttpResponse("x")


def _who(request):
    return HttpResponse(str(request.user.pk))


def _marked(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        return HttpResponse(cursor.fetchone()[0])


urlpatterns = [
    path("three/<str:token>/", _three_queries),
    path("who/", _who),
    path("marked/", _marked),
]


@pytest.fixture(autouse=True)
def _addresses(settings):
    settings.ROOT_URLCONF = __name__


class Lines(logging.Handler):
    """What is logged, as it is written."""

    def __init__(self):
        super().__init__(level=logging.INFO)
        self.form, self.found = JsonFormatter(), []

    def emit(self, record):
        """Format at once: the request's id is known only now."""
        self.found.append(json.loads(self.form.format(record)))

    def __call__(self, name):
        """The lines of one logger."""
        return [line for line in self.found if line["logger"] == name]


@pytest.fixture
def lines(caplog):
    """What is logged during the test."""
    caplog.set_level(logging.INFO)
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_a_request_tells_its_cost_and_no_secret(client, lines):
    answer = client.get(
        f"/three/{SECRET}/?token={SECRET}",
        headers={"Authorization": f"Bearer {SECRET}", "Cookie": f"sessionid={SECRET}"},
    )
    (line,) = lines("service.request")
    assert answer.status_code == 200
    assert (line["route"], line["method"], line["status"]) == ("/three/<str:token>/", "GET", 200)
    assert (line["queries"], line["cache_hits"], line["cache_misses"]) == (3, 1, 1)
    assert line["ms"] >= line["query_ms"] > 0
    assert line["request_id"] == answer["X-Request-ID"]
    assert SECRET not in json.dumps(line) and "statements" not in line


def test_a_slow_request_lists_its_statements_without_values(client, lines, settings):
    settings.SLOW_REQUEST_MS = 0
    client.get("/three/x/")
    (line,) = lines("service.request")
    assert (line["level"], line["message"]) == ("WARNING", "slow request")
    assert [each["sql"] for each in line["statements"]] == ["SELECT %s"] * 3
    assert SECRET not in json.dumps(line)


def test_the_user_is_named_only_when_somebody_asked(client, lines):
    user = get_user_model().objects.create(email="a@example.com")
    client.force_login(user)
    client.get("/marked/")
    client.get("/who/")
    unasked, asked = lines("service.request")
    assert "user" not in unasked and unasked["queries"] == 1
    assert asked["user"] == str(user.pk)


def test_the_text_of_a_statement_is_the_same_in_each_request(client, lines):
    """A prepared statement has one text; the log ties statements to the request's id."""
    answer = client.get("/marked/", headers={"X-Request-ID": "from-the-edge.1"})
    assert answer.content.decode().startswith("SELECT query")
    (line,) = lines("service.request")
    assert answer["X-Request-ID"] == "from-the-edge.1" == line["request_id"]


def test_an_address_that_is_not_there_has_no_route(client, lines):
    client.get(f"/nowhere/{SECRET}")
    (line,) = lines("service.request")
    assert (line["route"], line["status"]) == ("unmatched", 404)
    assert SECRET not in json.dumps(lines("django.request") + [line])


def test_outside_of_a_request_nothing_is_counted(django_assert_num_queries):
    assert request_stats.current() is None
    with django_assert_num_queries(1), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert request_stats.current() is None


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefghijklmnop",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop",
        "redis://:abcdefghijklmnop@queue:6379/0",
        "{'password': 'abcdefghijklmnop'}",
        "connection failed: password=abcdefghijklmnop host=a",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text):
    assert "abcdefghijklmnop" not in hide_secrets(text) and "hidden" in hide_secrets(text).replace(
        "token]", "hidden"
    )


def test_the_address_is_hidden_in_djangos_own_lines():
    record = logging.LogRecord("django.request", 40, "f", 1, "Error: %s", ("/reset/abc/",), None)
    record.request = RequestFactory().get("/reset/abc/")
    assert json.loads(JsonFormatter().format(record))["message"] == "Error: [path]"


def test_a_task_has_its_requests_id(lines, settings):
    seen = []

    @app.task(name="canary.seen")
    def task():
        seen.append(request_id.get())
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    try:
        task.apply(headers={"request_id": "from-a-request"}, throw=True)
    finally:
        app.tasks.unregister("canary.seen")
    (line,) = lines("service.task")
    assert seen == ["from-a-request"] == [line["request_id"]]
    assert (line["task"], line["state"], line["queries"]) == ("canary.seen", "SUCCESS", 1)
    assert request_id.get() == ""


def test_a_sent_task_carries_the_id(settings):
    # A queue that no worker takes from.
    canary = Queue("canary-queue", Exchange("canary-queue"), routing_key="canary-queue")
    redis_client("broker").delete(canary.name)
    named = request_id.set("from-a-request")
    try:
        with app.connection_for_write() as broker, broker.Producer() as producer:
            sent = app.send_task("canary.nobody", producer=producer, queue=canary)
            message = broker.SimpleQueue(canary).get(timeout=5)
    finally:
        request_id.reset(named)
    message.ack()
    assert message.headers["id"] == sent.id and message.headers["request_id"] == "from-a-request"


def test_a_line_is_written_whatever_is_in_it():
    record = logging.LogRecord("x", logging.INFO, "", 0, "half \ud800", (), None)
    record.task = 2**70
    told = json.loads(JsonFormatter().format(record))
    assert told["message"] == "half \ud800" and told["task"] == 2**70
