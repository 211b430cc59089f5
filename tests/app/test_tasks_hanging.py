"""Comments on tasks, and what is known of their files."""

import pytest

from domains.projects.models import Activity, Role
from domains.tasks.models import Attachment, Comment
from factories import (
    AttachmentFactory,
    CommentFactory,
    ProjectFactory,
    TaskFactory,
    UserFactory,
    member,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return ProjectFactory()


@pytest.fixture
def task(project):
    return TaskFactory(project=project)


@pytest.fixture
def people(as_user, project):
    """A client for each role."""
    found = {"owner": as_user(project.owner), "stranger": as_user(UserFactory())}
    for name in ("viewer", "editor", "other editor"):
        user = UserFactory()
        member(project, user, Role(name.split()[-1]))
        found[name] = as_user(user)
    return found


FILE = {"name": "a.pdf", "size": 2**40, "content_type": "application/pdf", "checksum": "a" * 64}


def test_a_comment_is_made_listed_changed_and_deleted(people, task, django_assert_num_queries):
    address = f"/api/v1/tasks/{task.pk}/comments/"
    with django_assert_num_queries(1):
        made = people["editor"].post(address, {"body": " Wéll "})
    assert made.status_code == 201 and made.json()["body"] == "Wéll"
    assert made.json()["edited_at"] is None and made.json()["author"]["name"]
    place = made["Location"]
    assert people["viewer"].get(place).json() == made.json()
    with django_assert_num_queries(2):
        assert people["viewer"].get(address).json()["results"] == [made.json()]
    for name, status in (("other editor", 403), ("owner", 403), ("viewer", 403), ("stranger", 404)):
        assert people[name].patch(place, {"body": "x"}).status_code == status
    changed = people["editor"].patch(place, {"body": "Better"})
    assert changed.json() == {**made.json(), "body": "Better", **edited(changed)}
    assert changed.json()["edited_at"] and people["viewer"].get(place).json() == changed.json()
    assert people["other editor"].delete(place).status_code == 403
    assert people["owner"].delete(place).status_code == 204
    assert people["owner"].delete(place).status_code == people["editor"].get(place).status_code
    told = Activity.objects.order_by("id").values_list("verb", "subject", "data__task")
    assert list(told) == [(verb, "comment", task.pk) for verb in ("created", "changed", "deleted")]


def edited(answer):
    return {"edited_at": answer.json()["edited_at"]}


def test_comments_are_read_by_pages_the_oldest_first(people, task):
    made = CommentFactory.create_batch(5, task=task)
    CommentFactory(body="elsewhere")
    address, found = f"/api/v1/tasks/{task.pk}/comments/?page_size=2", []
    while address:
        answer = people["viewer"].get(address).json()
        found += [each["id"] for each in answer["results"]]
        address = answer["next"]
    assert found == [each.pk for each in made]


def test_a_comment_of_an_account_that_is_gone_has_no_author(people, task):
    comment = CommentFactory(task=task, author=None)
    assert people["viewer"].get(f"/api/v1/comments/{comment.pk}/").json()["author"] is None


@pytest.mark.parametrize("body", [{}, {"body": " "}, {"body": "a", "task": 1}, {"body": 1}, []])
def test_a_wrong_comment_is_refused(people, task, body):
    comment = CommentFactory(task=task, author_id=people_id(people, task))
    assert people["editor"].post(f"/api/v1/tasks/{task.pk}/comments/", body).status_code == 400
    assert people["editor"].patch(f"/api/v1/comments/{comment.pk}/", body).status_code == 400
    assert Comment.objects.count() == 1


def people_id(people, task):
    """The editor's number."""
    made = people["editor"].post(f"/api/v1/tasks/{task.pk}/comments/", {"body": "a"})
    Comment.objects.all().delete()
    return made.json()["author"]["id"]


def test_a_file_is_named_listed_and_forgotten(people, task, django_assert_num_queries):
    address = f"/api/v1/tasks/{task.pk}/attachments/"
    with django_assert_num_queries(1):
        made = people["editor"].post(address, FILE)
    assert made.status_code == 201 and made.json().items() >= FILE.items()
    twice = people["editor"].post(address, {**FILE, "name": "b.pdf"})
    assert twice.status_code == 400 and set(twice.json()["errors"]) == {"checksum"}
    assert people["viewer"].get(made["Location"]).json() == made.json()
    assert people["viewer"].get(address).json()["results"] == [made.json()]
    assert people["viewer"].post(address, FILE).status_code == 403
    assert people["other editor"].delete(made["Location"]).status_code == 403
    with django_assert_num_queries(2):
        assert people["editor"].delete(made["Location"]).status_code == 204
    assert people["editor"].delete(made["Location"]).status_code == 404
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
def test_a_wrong_file_is_refused(people, task, wrong):
    answer = people["editor"].post(f"/api/v1/tasks/{task.pk}/attachments/", {**FILE, **wrong})
    assert answer.status_code == 400 and set(answer.json()["errors"]) == set(wrong)
    assert not Attachment.objects.exists()
