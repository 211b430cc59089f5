"""Notes: an owner's own list, detail and create, and the worker that counts words."""

import pytest
from django.db import IntegrityError

from accounts.models import User
from domains.notes import tasks
from domains.notes.models import Note
from domains.notes.services import create_note
from factories import NoteFactory, UserFactory
from operators import SMOKE
from outbox.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("queue_left_empty")]
URL = "/api/v1/notes/"


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def client(as_user, user):
    return as_user(user)


def test_a_note_is_written_and_read(client, user):
    answer = client.post(URL, {"title": "Milk", "body": "two"})
    assert answer.status_code == 201 and answer.json()["word_count"] is None
    note = Note.objects.get()
    assert (note.owner, note.title, note.body) == (user, "Milk", "two")
    assert answer["Location"].endswith(f"{URL}{note.pk}/")
    assert client.get(f"{URL}{note.pk}/").json() == answer.json()


def test_a_note_is_its_owners_alone(client, api):
    other = NoteFactory()
    assert client.get(URL).json()["results"] == []
    assert client.get(f"{URL}{other.pk}/").status_code == 404
    assert api.get(URL).status_code == api.post(URL, {"title": "x"}).status_code == 401
    assert api.get(f"{URL}{other.pk}/").status_code == 401


def test_pages_hold_each_note_once_the_newest_first(client, user, django_assert_num_queries):
    written = [note.pk for note in NoteFactory.create_batch(30, owner=user)]
    with django_assert_num_queries(1):
        first = client.get(URL).json()
    second = client.get(first["next"]).json()
    assert len(first["results"]) == 25 and second["next"] is None
    assert [note["id"] for note in first["results"] + second["results"]] == written[::-1]


def test_the_worker_counts_the_words_of_a_new_note(client):
    client.post(URL, {"title": "Milk and", "body": "two  eggs"})
    message, note = Message.objects.get(), Note.objects.get()
    assert (message.task, message.args) == (tasks.count_words.name, {"note_id": note.pk})
    tasks.count_words(**message.args)
    assert client.get(f"{URL}{note.pk}/").json()["word_count"] == 4


def test_a_note_that_was_deleted_meanwhile_is_left_out(user):
    note = create_note(user.pk, title="Milk")
    note_id = note.pk
    note.delete()
    tasks.count_words(note_id=note_id)
    assert not Note.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "x\0"}, "title"),
        ({"title": "x", "body": "y" * 20_001}, "body"),
        ({"title": "x", "owner": 1}, "owner"),
    ],
)
def test_wrong_input_is_named(client, given, field):
    answer = client.post(URL, given)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert list(answer.json()["errors"]) == [field]
    assert not Note.objects.exists() and not Message.objects.exists()


def test_requests_that_are_not_json_are_refused(client):
    answer = client.post(URL, "{", content_type="application/json")
    assert answer.status_code == 400 and "JSON parse error" in answer.json()["detail"]
    assert client.post(URL, "a=b", content_type="text/plain").status_code == 415
    assert client.delete(URL).status_code == 405
    assert client.get(URL, {"cursor": "nonsense"}).status_code == 404


def test_a_missing_note_is_a_problem(client):
    answer = client.get(f"{URL}123456/", headers={"X-Request-ID": "id-1"})
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer["X-Request-ID"] == "id-1"


def test_the_table_refuses_an_empty_title(user):
    with pytest.raises(IntegrityError):
        Note.objects.create(owner=user, title="")


def test_the_smoke_checks_have_an_account_of_their_own(api, client, settings):
    made = api.post(URL, {"title": "smoke check"}, headers=SMOKE)
    assert made.status_code == 201
    assert api.get(made["Location"], headers=SMOKE).json() == made.json()
    assert client.get(made["Location"]).status_code == 404
    account = User.objects.get(pk=Note.objects.get().owner_id)
    assert not account.is_active and not account.has_usable_password()
    for token in ("", "wrong"):
        headers = {"X-Smoke-Token": token}
        assert api.post(URL, {"title": "x"}, headers=headers).status_code == 401
    settings.SMOKE_TOKEN = ""
    assert api.post(URL, {"title": "x"}, headers={"X-Smoke-Token": ""}).status_code == 401
    assert api.get("/api/v1/projects/", headers=SMOKE).status_code == 401
    assert Note.objects.count() == 1
