"""Dead tasks where a person sees them: in the admin, by its rights, and in Prometheus."""

import pytest
from django.contrib.auth.models import Permission

from core.redis.client import redis_client
from factories import PASSWORD, UserFactory
from operators import MAY_READ_METRICS
from outbox import relay
from outbox.models import Message
from workers import deliver, given

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _an_empty_queue():
    redis_client("broker").flushdb()
    yield
    redis_client("broker").flushdb()


def at_the_desk(client, **more):
    """Somebody of the staff is logged in at the admin."""
    desk = UserFactory(is_staff=True, **more)
    client.post("/admin/login/", {"username": desk.email, "password": PASSWORD})
    return desk


def test_the_admin_shows_and_retries_and_changes_nothing(client, settings):
    settings.OUTBOX_ATTEMPTS = 1
    message = given("e", task="effects.fail")
    deliver(message.pk)
    at_the_desk(client, is_superuser=True)
    page = client.get("/admin/outbox/message/?dead_at__isempty=0")
    assert b"effects.fail" in page.content
    alone = client.get(f"/admin/outbox/message/{message.pk}/change/").content
    assert b"no luck with e" in alone and b"<textarea" not in alone
    assert client.get("/admin/outbox/message/add/").status_code == 403
    act = {"action": "try_again", "_selected_action": [message.pk]}
    assert client.post("/admin/outbox/message/", act).status_code == 302
    message.refresh_from_db()
    assert message.dead_at is None and message.attempts == 0
    assert relay.sweep() == 1, "it is sent within seconds"


def test_the_admin_drops_what_is_dead_and_nothing_that_waits(client, settings):
    settings.OUTBOX_ATTEMPTS = 1
    dropped, waiting = given("k", task="effects.fail"), given("l")
    deliver(dropped.pk)
    at_the_desk(client, is_superuser=True)
    both = {"action": "delete_selected", "_selected_action": [dropped.pk, waiting.pk]}
    client.post("/admin/outbox/message/", {**both, "post": "yes"})
    assert Message.objects.count() == 2
    assert client.post(f"/admin/outbox/message/{waiting.pk}/delete/").status_code == 403
    assert (
        client.post(f"/admin/outbox/message/{dropped.pk}/delete/", {"post": "yes"}).status_code
        == 302
    )
    assert Message.objects.get().pk == waiting.pk


def test_who_may_only_look_retries_nothing(client, settings):
    settings.OUTBOX_ATTEMPTS = 1
    message = given("m", task="effects.fail")
    deliver(message.pk)
    desk = at_the_desk(client)
    desk.user_permissions.add(Permission.objects.get(codename="view_message"))
    page = client.get("/admin/outbox/message/")
    assert page.status_code == 200 and b"effects.fail" in page.content
    assert b"try_again" not in page.content
    client.post("/admin/outbox/message/", {"action": "try_again", "_selected_action": [message.pk]})
    assert Message.objects.get().dead_at


def test_prometheus_sees_what_waits(client, settings):
    settings.OUTBOX_ATTEMPTS = 1
    deliver(given("i", task="effects.fail").pk)
    given("j")
    text = client.get("/metrics", headers=MAY_READ_METRICS).content.decode()
    assert 'celery_task_seconds_count{state="FAILURE",task="effects.fail"}' in text
    assert 'outbox_messages{state="waiting"} 1.0' in text
    assert 'outbox_messages{state="dead"} 1.0' in text and "outbox_oldest_seconds" in text
