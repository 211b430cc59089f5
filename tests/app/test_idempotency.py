"""Idempotency keys: once and only once, whatever is sent again, at once, or breaks in between."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.http import HttpResponse
from django.utils import timezone
from factories import UserFactory
from idempotency.apis import IdempotentMixin
from idempotency.models import Answer
from idempotency.tasks import purge_answers
from notes.models import Note
from notes.serializers import NoteInput
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

PATIENCE = 20


class Create(IdempotentMixin, APIView):
    """A create like any other; `pause` and `fails` are set by a test."""

    pause = None
    fails = False
    answers = staticmethod(lambda note: Response({"id": note.pk}, 201, headers=place(note)))

    def post(self, request):
        given = NoteInput(data=request.data)
        given.is_valid(raise_exception=True)
        note = Note.objects.create(**given.validated_data)
        if type(self).pause:
            type(self).pause.wait(PATIENCE)
        if type(self).fails:
            raise PermissionDenied()
        return type(self).answers(note)


def place(note):
    return {"Location": f"/{note.pk}/"}


@pytest.fixture(autouse=True)
def _calm():
    yield
    Create.pause, Create.fails = None, False


def send(user, *, key="k-1", body=None, path="/things/"):
    body = {"title": "Milk"} if body is None else body
    headers = {} if key is None else {"Idempotency-Key": key}
    request = APIRequestFactory().post(path, body, format="json", headers=headers)
    force_authenticate(request, user)
    response = Create.as_view()(request)
    response.render() if hasattr(response, "render") else None
    return response


@pytest.mark.django_db
def test_a_repeated_create_gets_the_first_answer():
    user = UserFactory()
    first, second = send(user), send(user)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content and first["Location"] == second["Location"]
    assert first["Content-Type"] == second["Content-Type"] == "application/json"
    assert second["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first
    assert Note.objects.count() == 1


@pytest.mark.django_db
def test_a_key_costs_two_statements(django_assert_num_queries):
    user = UserFactory()
    with django_assert_num_queries(1 + 2 + 2):  # the create's, the key's, and a savepoint's
        assert send(user).status_code == 201
    with django_assert_num_queries(1 + 2):
        assert send(user)["Idempotent-Replayed"] == "true"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other", [{"body": {"title": "Bread"}}, {"path": "/others/"}, {"path": "/things/?a=1"}]
)
def test_a_key_with_another_request_is_refused(other):
    user = UserFactory()
    assert send(user).status_code == 201
    answer = send(user, **other)
    assert answer.status_code == 422 and b"another request" in answer.content
    assert Note.objects.count() == 1


@pytest.mark.django_db
def test_a_key_is_its_users_own_and_none_is_needed():
    one, two = UserFactory(), UserFactory()
    assert [send(user).status_code for user in (one, two)] == [201, 201]
    assert [send(one, key=None).status_code for _ in "ab"] == [201, 201]
    assert Note.objects.count() == 4 and Answer.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "schlüssel"])
def test_a_key_that_is_none_is_refused(key):
    answer = send(UserFactory(), key=key)
    assert answer.status_code == 400 and list(answer.data["errors"]) == ["Idempotency-Key"]
    assert not Note.objects.exists()


@pytest.mark.django_db
def test_after_an_error_nothing_has_happened_and_the_key_is_free():
    user = UserFactory()
    assert send(user, body={"title": ""}).status_code == 400
    Create.fails = True
    assert send(user).status_code == 403
    assert not Note.objects.exists() and not Answer.objects.exists()
    Create.fails = False
    assert send(user).status_code == 201 and Note.objects.count() == 1


@pytest.mark.django_db
def test_an_error_that_is_returned_undoes_what_was_written_too(monkeypatch):
    monkeypatch.setattr(Create, "answers", lambda note: Response({"no": 1}, status=409))
    assert send(UserFactory()).status_code == 409
    assert not Note.objects.exists() and not Answer.objects.exists()


@pytest.mark.django_db
def test_an_answer_of_finished_bytes_is_kept_as_it_is(monkeypatch):
    body = '{"title":"Käse"}'.encode()
    kind = "application/json; charset=utf-8"
    monkeypatch.setattr(
        Create,
        "answers",
        lambda note: HttpResponse(body, status=201, content_type=kind, headers={"ETag": '"1"'}),
    )
    user = UserFactory()
    for answer in (send(user), send(user)):
        assert (answer.content, answer["Content-Type"], answer["ETag"]) == (body, kind, '"1"')
    assert Note.objects.count() == 1


@pytest.mark.django_db
def test_a_key_that_has_expired_is_new_and_old_ones_are_purged():
    user = UserFactory()
    send(user)
    past = timezone.now() - timedelta(seconds=1)
    Answer.objects.update(expires_at=past)
    again = send(user, body={"title": "Bread"})
    assert again.status_code == 201 and "Idempotent-Replayed" not in again
    assert send(user, body={"title": "Bread"})["Idempotent-Replayed"] == "true"
    kept = Answer.objects.get()
    assert timedelta(hours=23) < kept.expires_at - timezone.now() <= timedelta(hours=24)
    send(user, key="k-2")
    Answer.objects.filter(key="k-1").update(expires_at=past)
    assert purge_answers() == 1
    assert [found.key for found in Answer.objects.all()] == ["k-2"]


def in_thread(work):
    try:
        return work()
    finally:
        connections.close_all()


def persistently(user):
    """The answer, after as many 409 as come; and whether there were any."""
    waited = threading.Event()
    for _ in range(1000):
        answer = send(user)
        if answer.status_code != 409:
            return answer
        assert answer["Retry-After"] == "1"
        waited.wait(0.01)
    raise AssertionError("still at work")


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_sends_create_once_and_answer_alike():
    user = UserFactory()
    with ThreadPoolExecutor(20) as pool:
        sent = [pool.submit(in_thread, lambda: persistently(user)) for _ in range(20)]
        answers = [each.result(PATIENCE) for each in sent]
    assert Note.objects.count() == 1
    assert {(each.status_code, each.content, each["Location"]) for each in answers} == {
        (201, answers[0].content, answers[0]["Location"])
    }
    assert sum("Idempotent-Replayed" not in each for each in answers) == 1


@pytest.mark.django_db(transaction=True)
def test_who_comes_while_the_first_is_at_work_is_told_at_once():
    user = UserFactory()
    Create.pause = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(in_thread, lambda: send(user))
        try:
            answers = []
            while not answers or answers[-1].status_code != 409:
                # Before the first one has its claim, another key's request would pause too.
                assert not first.done()
                answers += [send(user)] if claimed(user) else []
            assert answers[-1]["Retry-After"] == "1"
        finally:
            Create.pause.set()
        assert first.result(PATIENCE).status_code == 201
    assert send(user)["Idempotent-Replayed"] == "true" and Note.objects.count() == 1


def claimed(user):
    """Whether somebody holds the lock of the key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        return cursor.fetchone()[0] > 0


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_dies_in_the_middle_leaves_nothing():
    user = UserFactory()
    Create.pause = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(in_thread, lambda: send(user))
        while not claimed(user):
            assert not first.done()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            )
        Create.pause.set()
        assert first.result(PATIENCE).status_code == 503
    assert not Note.objects.exists() and not Answer.objects.exists()
    Create.pause = None
    assert send(user).status_code == 201 and Note.objects.count() == 1
