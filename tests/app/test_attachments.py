"""Attachments of tasks: list, create, delete, and who may."""

import pytest

from domains.tasks.models import Attachment
from factories import AttachmentFactory

pytestmark = pytest.mark.django_db

FILE = {"name": "a.pdf", "size": 2**40, "content_type": "application/pdf", "checksum": "a" * 64}


def test_an_attachment_is_created_listed_and_deleted(people, task, django_assert_num_queries):
    address = f"/api/v1/tasks/{task.pk}/attachments/"
    with django_assert_num_queries(2 + 2):  # with a savepoint's two, in a test
        created = people["editor"].post(address, FILE)
    assert created.status_code == 201 and created.json().items() >= FILE.items()
    twice = people["editor"].post(address, {**FILE, "name": "b.pdf"})
    assert twice.status_code == 400 and set(twice.json()["errors"]) == {"checksum"}
    assert people["viewer"].get(created["Location"]).json() == created.json()
    assert people["viewer"].get(address).json()["results"] == [created.json()]
    assert people["viewer"].post(address, FILE).status_code == 403
    assert people["other editor"].delete(created["Location"]).status_code == 403
    with django_assert_num_queries(3 + 2):
        assert people["editor"].delete(created["Location"]).status_code == 204
    assert people["editor"].delete(created["Location"]).status_code == 404
    other = AttachmentFactory(task=task)
    assert people["owner"].delete(f"/api/v1/attachments/{other.pk}/").status_code == 204
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": -1},
        {"size": 2**40 + 1},
        {"size": "1"},
        {"checksum": "A" * 64},
        {"checksum": "a" * 64 + "\n"},
        {"content_type": "pdf"},
        {"name": ""},
        {"body": "a file's bytes"},
    ],
)
def test_a_wrong_attachment_is_refused(people, task, wrong):
    answer = people["editor"].post(f"/api/v1/tasks/{task.pk}/attachments/", {**FILE, **wrong})
    assert answer.status_code == 400 and set(answer.json()["errors"]) == set(wrong)
    assert not Attachment.objects.exists()
