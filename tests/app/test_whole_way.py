"""From a request to a mail and back: the service, the queue, a worker and a mail server."""

import json
import re
from contextlib import ExitStack

import pytest

from accounts.models import User
from config.celery import app
from core.redis.client import redis_client
from mail_server import MailServer
from outbox import relay
from outbox.models import Message
from processes import free_port, served, until
from workers import all_done, counted, put, worker

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/auth/"
WHO = {"email": "ada@example.com", "password": "a fresh and long sentence"}
REQUEST = "asked-for-an-account"


@pytest.fixture(autouse=True)
def _an_empty_queue(settings):
    settings.OUTBOX_RESEND = 1
    app.loader.import_default_modules()  # as a worker does
    redis_client("broker").flushdb()
    yield
    redis_client("broker").flushdb()


@pytest.fixture
def parts(tmp_path):
    """A Gunicorn, a worker that takes one task at a time, their logs, and a port for mails."""
    port = free_port()
    values = {
        **{"MAIL_HOST": "127.0.0.1", "MAIL_PORT": str(port), "MAIL_SECURITY": "none"},
        "MAIL_FROM": "Upshift <no-reply@example.com>",
        "APP_LOG_LEVEL": "INFO",
    }
    logs = [tmp_path / name for name in ("service", "worker")]
    with ExitStack() as stack:
        service = stack.enter_context(served(log=logs[0], **values))
        stack.enter_context(worker(concurrency=1, log=logs[1], **values))
        yield service, port, logs


def told(log):
    """The lines of one request, by who said them."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line[:1] == "{"]
    return [line for line in lines if line.get("request_id") == REQUEST]


def test_an_account_is_opened_over_the_whole_way_while_the_mail_server_is_away_at_first(parts):
    service, port, (of_service, of_worker) = parts
    asked = {"email": WHO["email"], "name": "Ada"}
    answer = service.post(f"{URL}register/", asked, **{"X-Request-ID": REQUEST})
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (202, REQUEST)
    until(lambda: Message.objects.get().error, what="the worker finds no mail server")
    assert "ConnectionRefused" in Message.objects.get().error and not User.objects.exists()
    with MailServer(port=port) as server:
        until(all_done, what="the mail is sent")
        relay.publish_again(Message.objects.get().pk)
        put("behind it")
        until(counted, what="the same one once more, to no effect")
    (letter,) = server.letters
    assert letter.to == [WHO["email"]] and letter["From"] == "Upshift <no-reply@example.com>"
    assert Message.objects.get(task="accounts.tasks.write_mail").attempts > 1
    token = re.search(r"^(eyJ\S+)$", letter.get_content(), re.MULTILINE).group(1)
    confirmed = {"token": token, "password": WHO["password"]}
    assert service.post(f"{URL}register/confirm/", confirmed).status_code == 201
    assert User.objects.filter(email=WHO["email"]).exists()
    login = service.post(f"{URL}login/", WHO)
    assert login.status_code == 200 and login.json()["access"]
    (request,) = [line for line in told(of_service) if line["logger"] == "service.request"]
    assert (request["route"], request["status"]) == ("/api/v1/auth/register/", 202)
    said = told(of_worker)
    assert "ConnectionRefused" in next(line["reason"] for line in said if "reason" in line)
    tasks = [line for line in said if line["logger"] == "service.task"]
    assert len(tasks) >= 2, "the failed attempt and the good one, which the sweep sent"
    assert {line["task"] for line in tasks} == {"accounts.tasks.write_mail"}
    assert token not in of_worker.read_text() + of_service.read_text()
