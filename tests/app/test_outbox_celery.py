"""What the outbox sends is run by Celery: a task's own queue, retries and limits hold."""

import socket
import threading
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.email import messages
from accounts.models import User
from config.celery import app
from core.redis.client import redis_client
from domains.notes.models import Note
from factories import UserFactory
from mail_server import MailServer
from outbox import relay
from outbox.models import Message
from outbox.services import enqueue
from processes import until
from workers import all_done, counted, deliver, due_now, given, worker

pytestmark = pytest.mark.django_db(transaction=True)
IDLE = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()
"""


@pytest.fixture(autouse=True)
def _an_empty_queue(settings):
    settings.OUTBOX_RESEND = 1
    app.loader.import_default_modules()  # as a worker does
    redis_client("broker").flushdb()
    yield
    redis_client("broker").flushdb()


def test_a_mistyped_name_is_refused_where_it_is_written():
    with pytest.raises(ValueError, match="did you mean 'effects.write'"), transaction.atomic():
        enqueue("effects.wriet", args={"text": "a"}, key="a")
    with pytest.raises(ValueError, match="'txet'"), transaction.atomic():
        enqueue("effects.write", args={"text": "a", "txet": "a"}, key="a")
    with pytest.raises(ValueError, match="'text'"), transaction.atomic():
        enqueue("effects.write", args={}, key="a")
    assert not Message.objects.exists()


def test_the_service_knows_the_tasks_of_every_app(monkeypatch):
    """A process of the service loads a module of tasks only when it needs one of them."""
    loaded = []
    registry = dict.fromkeys(name for name in app.tasks if name != messages.TASK)
    tasks = app.tasks
    monkeypatch.setattr(type(app), "tasks", property(lambda _: registry if not loaded else tasks))
    monkeypatch.setattr(app.loader, "import_default_modules", lambda: loaded.append(1))
    with transaction.atomic():
        messages.request_mail(messages.RESET, email="ada@example.com")
    assert loaded and Message.objects.get().task == messages.TASK


def test_the_queue_is_the_tasks_own():
    given("declared", task="effects.declared")
    given("routed", task="effects.purge_all")
    assert redis_client("broker").llen("bulk") == 2 and redis_client("broker").llen("default") == 0
    with transaction.atomic():
        enqueue("effects.declared", args={"text": "n"}, key="chosen", queue="critical")
    assert redis_client("broker").llen("critical") == 1, "who names a queue gets that one"
    due_now()
    redis_client("broker").flushdb()
    assert relay.sweep() == 3
    assert redis_client("broker").llen("bulk") == 2 and redis_client("broker").llen("critical") == 1


def test_a_tasks_own_retries_hold():
    with worker(OUTBOX_RESEND="300", OUTBOX_LEASE="150") as started:
        given("never", task="effects.fail")
        given("twice", task="effects.unlucky")
        # The sweep would send it again after 300 s only: what comes sooner is Celery's own retry.
        until(lambda: Message.objects.filter(dead_at=None).count() == 0, what="both are given up")
        assert started.poll() is None
    attempts = dict(Message.objects.values_list("task", "attempts"))
    assert attempts == {"effects.fail": 1, "effects.unlucky": 3}
    assert not Note.objects.exists() and Message.objects.count() == 2, "nothing is kept twice"


def test_a_tasks_own_time_limit_holds():
    with worker(OUTBOX_LEASE="150"):
        given("brief", task="effects.brief")
        until(lambda: Message.objects.filter(dead_at__isnull=False), what="it is ended", seconds=20)
    assert "SoftTimeLimitExceeded" in Message.objects.get().error and not Note.objects.exists()


@contextmanager
def slow_server():
    """It lets a client wait until it is told to answer."""
    answer, server = threading.Event(), socket.create_server(("127.0.0.1", 0))
    connected = threading.Event()

    def serve():
        client, _ = server.accept()
        connected.set()
        answer.wait(60)
        client.sendall(b"1")
        client.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1], connected, answer
    finally:
        answer.set()
        server.close()


def idle_in_transaction():
    with connection.cursor() as cursor:
        cursor.execute(IDLE)
        return cursor.fetchone()[0]


def test_no_transaction_is_open_while_a_task_waits_for_another_server():
    with worker(OUTBOX_LEASE="150"), slow_server() as (port, connected, answer):
        given("call", task="effects.call", port=port)
        assert connected.wait(30)
        assert idle_in_transaction() == 0
        message = Message.objects.get()
        assert message.leased_by and deliver(message.pk) == "nothing to do", "its worker lives"
        answer.set()
        until(all_done, what="it is done")
    assert counted() == {"call": 1} and Message.objects.get().attempts == 1


class SlowMailServer(MailServer):
    """It takes its time for each mail."""

    def __init__(self):
        super().__init__()
        self.begun, self.go_on = threading.Event(), threading.Event()

    def verify_request(self, request, client_address):
        self.begun.set()
        return self.go_on.wait(60)


def test_no_transaction_is_open_while_a_mail_is_sent():
    user = UserFactory()
    with SlowMailServer() as server:
        values = {"MAIL_HOST": "127.0.0.1", "MAIL_PORT": str(server.port), "MAIL_SECURITY": "none"}
        with worker(OUTBOX_LEASE="150", MAIL_FROM="no-reply@example.com", **values):
            messages.request_mail(messages.RESET, email=user.email)
            assert server.begun.wait(30)
            assert idle_in_transaction() == 0
            server.go_on.set()
            until(all_done, what="the mail is sent")
    assert [letter.to for letter in server.letters] == [[User.objects.get().email]]


def test_work_in_a_transaction_is_not_let_wait_for_others_without_end():
    """`outbox_transaction` is for work in PostgreSQL: what waits longer is ended by PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '300ms'")
    try:
        assert deliver(given(seconds=0.8).pk) == "dead"
    finally:
        connection.close()
    assert "idle-in-transaction" in Message.objects.get().error and not Note.objects.exists()


def test_the_broker_gets_no_more_than_a_bounded_number_of_messages(monkeypatch):
    monkeypatch.setattr(relay, "MAX_QUEUE_LENGTH", 5)
    for number in range(12):
        given(f"n{number}")
    assert redis_client("broker").llen("default") == 5, "the others wait in the outbox"
    due_now()
    assert relay.sweep() == 0 and redis_client("broker").llen("default") == 5
    redis_client("broker").flushdb()
    Message.objects.update(next_at=Now())
    assert relay.sweep() >= 5 and Message.objects.count() == 12


def test_what_the_first_release_has_sent_is_sent_anew():
    message = given("old")
    redis_client("broker").flushdb()
    app.tasks["outbox.tasks.deliver"].apply(args=[message.pk], throw=True)
    assert redis_client("broker").llen("default") == 1
    assert deliver(message.pk) == "done"
