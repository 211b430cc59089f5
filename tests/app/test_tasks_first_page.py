"""The page that a list of tasks opens with: one from the cache for all who may read it."""

import pytest

from domains.projects.models import Role
from factories import UserFactory, member, seven_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return seven_tasks()


@pytest.fixture
def owner(as_user, project):
    return as_user(project.owner)


def tasks_of(project):
    return f"/api/v1/projects/{project.pk}/tasks/"


def numbers(answer):
    assert answer.status_code == 200, answer.content
    return [task["number"] for task in answer.json()["results"]]


def test_the_first_page_comes_from_the_cache_until_a_task_changes(
    owner, project, django_assert_num_queries
):
    address = tasks_of(project)
    with django_assert_num_queries(2):
        first = owner.get(address)
    with django_assert_num_queries(1):  # the access, and the version in the cache key
        assert owner.get(address).content == first.content
    one = f"/api/v1/tasks/{first.json()['results'][0]['id']}/"
    label = f"/api/v1/labels/{project.labels.first().pk}/"
    changes = [
        lambda: owner.post(address, {"title": "New"}),
        lambda: owner.patch(one, {"title": "Newer"}, headers={"If-Match": '"1"'}),
        lambda: owner.patch(label, {"name": "newest"}),
        lambda: owner.post(f"{address}bulk/", {"create": [{"title": "More"}]}),
        lambda: owner.delete(one),
    ]
    seen = [first.content]
    for change in changes:
        assert change().status_code < 300
        seen.append(owner.get(address).content)
        assert owner.get(f"{address}?ordering=-created_at").content == seen[-1]
    assert len(set(seen)) == len(changes) + 1


def test_the_cached_page_is_for_members_only(as_user, project, owner):
    assert owner.get(tasks_of(project)).status_code == 200
    viewer = UserFactory()
    assert as_user(viewer).get(tasks_of(project)).status_code == 404
    member(project, viewer, Role.VIEWER)
    other = UserFactory()
    assert as_user(other).get(tasks_of(project)).status_code == 404


def test_without_the_cache_the_database_answers(owner, project, cache_unavailable):
    assert numbers(owner.get(tasks_of(project))) == [7, 6, 5, 4, 3, 2, 1]
