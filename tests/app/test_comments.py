"""Comments on tasks: list, create, change, delete, and who may."""

import pytest

from domains.projects.models import Activity
from domains.tasks.models import Comment
from factories import CommentFactory

pytestmark = pytest.mark.django_db


def test_a_comment_is_created_listed_changed_and_deleted(people, task, django_assert_num_queries):
    address = f"/api/v1/tasks/{task.pk}/comments/"
    with django_assert_num_queries(2 + 2):  # with a savepoint's two, in a test
        created = people["editor"].post(address, {"body": " Wéll "})
    assert created.status_code == 201 and created.json()["body"] == "Wéll"
    assert created.json()["edited_at"] is None and created.json()["author"]["name"]
    place = created["Location"]
    assert people["viewer"].get(place).json() == created.json()
    with django_assert_num_queries(2):
        assert people["viewer"].get(address).json()["results"] == [created.json()]
    for name, status in (("other editor", 403), ("owner", 403), ("viewer", 403), ("stranger", 404)):
        assert people[name].patch(place, {"body": "x"}).status_code == status
    changed = people["editor"].patch(place, {"body": "Better"})
    assert changed.json() == {**created.json(), "body": "Better", **edited(changed)}
    assert changed.json()["edited_at"] and people["viewer"].get(place).json() == changed.json()
    assert people["other editor"].delete(place).status_code == 403
    assert people["owner"].delete(place).status_code == 204
    assert people["owner"].delete(place).status_code == people["editor"].get(place).status_code
    recorded = Activity.objects.order_by("id").values_list("verb", "subject", "data__task")
    assert list(recorded) == [
        (verb, "comment", task.pk) for verb in ("created", "changed", "deleted")
    ]


def edited(answer):
    return {"edited_at": answer.json()["edited_at"]}


def test_comments_are_read_by_pages_oldest_first(people, task):
    created = CommentFactory.create_batch(5, task=task)
    CommentFactory(body="elsewhere")
    address, found = f"/api/v1/tasks/{task.pk}/comments/?page_size=2", []
    while address:
        answer = people["viewer"].get(address).json()
        found += [each["id"] for each in answer["results"]]
        address = answer["next"]
    assert found == [each.pk for each in created]


def test_a_comment_of_a_deleted_account_has_no_author(people, task):
    comment = CommentFactory(task=task, author=None)
    assert people["viewer"].get(f"/api/v1/comments/{comment.pk}/").json()["author"] is None


@pytest.mark.parametrize("body", [{}, {"body": " "}, {"body": "a", "task": 1}, {"body": 1}, []])
def test_a_wrong_comment_is_refused(people, task, body):
    comment = CommentFactory(task=task, author_id=editor_id(people, task))
    assert people["editor"].post(f"/api/v1/tasks/{task.pk}/comments/", body).status_code == 400
    assert people["editor"].patch(f"/api/v1/comments/{comment.pk}/", body).status_code == 400
    assert Comment.objects.count() == 1


def editor_id(people, task):
    """The editor's id."""
    created = people["editor"].post(f"/api/v1/tasks/{task.pk}/comments/", {"body": "a"})
    Comment.objects.all().delete()
    return created.json()["author"]["id"]
