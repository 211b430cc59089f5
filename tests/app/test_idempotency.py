"""Idempotency keys: once and only once, whatever is sent again."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.response import Response

from creates import Create, send
from domains.notes.models import Note
from factories import UserFactory
from idempotency.models import Answer
from idempotency.tasks import purge_answers


@pytest.fixture(autouse=True)
def _calm():
    yield
    Create.pause, Create.fails = None, False


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
    assert answer.status_code == 422 and b"different request" in answer.content
    assert Note.objects.count() == 1


@pytest.mark.django_db
def test_a_key_is_its_users_own_and_none_is_needed():
    one, two = UserFactory(), UserFactory()
    assert [send(user).status_code for user in (one, two)] == [201, 201]
    assert [send(one, key=None).status_code for _ in "ab"] == [201, 201]
    assert Note.objects.count() == 4 and Answer.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "a b", "schlüssel"])
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
