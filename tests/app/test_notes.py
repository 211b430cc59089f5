"""Notes: list, detail, create, and the cached list."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from domains.notes.models import Note
from domains.notes.services import create_note
from factories import NoteFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/notes/"


def test_a_note_is_written_and_read(api):
    answer = api.post(URL, {"title": "Milk", "body": "two"})
    assert answer.status_code == 201
    note = Note.objects.get()
    assert (note.title, note.body) == ("Milk", "two")
    assert answer["Location"].endswith(f"{URL}{note.pk}/")
    assert api.get(f"{URL}{note.pk}/").json() == answer.json()


def test_pages_hold_each_note_once(api):
    written = {note.pk for note in NoteFactory.create_batch(30)}
    first = api.get(URL).json()
    second = api.get(first["next"]).json()
    assert len(first["results"]) == 25 and second["next"] is None
    assert {note["id"] for note in first["results"] + second["results"]} == written


def test_a_list_is_one_query(api, django_assert_num_queries):
    NoteFactory.create_batch(5)
    with django_assert_num_queries(1):
        api.get(URL)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "x\0"}, "title"),
        ({"title": "x", "body": "y" * 20_001}, "body"),
    ],
)
def test_wrong_input_is_named(api, given, field):
    answer = api.post(URL, given)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert list(answer.json()["errors"]) == [field]
    assert not Note.objects.exists()


def test_no_json_is_refused(api):
    answer = api.post(URL, "{", content_type="application/json")
    assert answer.status_code == 400 and "JSON parse error" in answer.json()["detail"]
    assert api.post(URL, "a=b", content_type="text/plain").status_code == 415
    assert api.delete(URL).status_code == 405
    assert api.get(URL, {"cursor": "nonsense"}).status_code == 404


def test_an_unknown_note_is_a_problem(api):
    answer = api.get(f"{URL}123456/", headers={"X-Request-ID": "id-1"})
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer["X-Request-ID"] == "id-1"


def test_the_recent_list_comes_from_the_cache(api, django_assert_num_queries):
    note = NoteFactory()
    first = api.get(f"{URL}recent/").json()
    NoteFactory()
    with django_assert_num_queries(0):
        assert api.get(f"{URL}recent/").json() == first
    assert [found["id"] for found in first] == [note.pk]


def test_the_recent_list_works_without_the_cache(api, cache_away):
    note = NoteFactory()
    assert [found["id"] for found in api.get(f"{URL}recent/").json()] == [note.pk]


def test_the_service_and_the_table_refuse_an_empty_title():
    with pytest.raises(ValidationError):
        create_note(title="")
    with pytest.raises(IntegrityError):
        Note.objects.create(title="")
