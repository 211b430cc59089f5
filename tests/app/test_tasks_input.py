"""What a task is made of: wrong input, names of elsewhere, and who may not."""

import pytest

from domains.projects.models import Activity, Project, Role
from domains.tasks.models import Task
from factories import LabelFactory, ProjectFactory, TaskFactory, UserFactory, member

pytestmark = pytest.mark.django_db
TASKS = "/api/v1/tasks/"


@pytest.fixture
def project():
    return ProjectFactory()


@pytest.fixture
def owner(as_user, project):
    return as_user(project.owner)


def tasks_of(project):
    return f"/api/v1/projects/{project.pk}/tasks/"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "title"),
        ({"title": " "}, "title"),
        ({"title": None}, "title"),
        ({"title": "a" * 201}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "a", "titel": "b"}, "titel"),
        ({"title": "a", "number": 7}, "number"),
        ({"title": "a", "status": "gone"}, "status"),
        ({"title": "a", "status": []}, "status"),
        ({"title": "a", "priority": 4}, "priority"),
        ({"title": "a", "priority": True}, "priority"),
        ({"title": "a", "priority": "1"}, "priority"),
        ({"title": "a", "due": "2026-02-30"}, "due"),
        ({"title": "a", "due": "20260201"}, "due"),
        ({"title": "a", "assignee": 0}, "assignee"),
        ({"title": "a", "assignee": 2**63}, "assignee"),
        ({"title": "a", "labels": [2**62]}, "labels"),
        ({"title": "a", "labels": [1, 1]}, "labels"),
        ({"title": "a", "labels": 1}, "labels"),
        ({"title": "a", "labels": [[]]}, "labels"),
        ([], "non_field_errors"),
        ("a", "non_field_errors"),
    ],
)
def test_wrong_input_is_refused_by_name(owner, project, given, field):
    answer = owner.post(tasks_of(project), given)
    assert answer.status_code == 400 and list(answer.json()["errors"]) == [field]
    assert not Task.objects.exists() and not Activity.objects.exists()
    assert Project.objects.get(pk=project.pk).last_task == 0


def test_a_lone_surrogate_is_refused(owner, project):
    body = '{"title": "a\\ud800"}'
    answer = owner.generic("POST", tasks_of(project), body, content_type="application/json")
    assert answer.status_code == 400 and "half a pair" in answer.json()["detail"]


def test_labels_and_people_of_elsewhere_are_refused(owner, project):
    elsewhere = {"labels": [LabelFactory().pk], "assignee": UserFactory().pk}
    task = TaskFactory(project=project)
    made = owner.post(tasks_of(project), {"title": "a", **elsewhere})
    first = {"If-Match": '"1"'}
    changed = owner.patch(f"{TASKS}{task.pk}/", elsewhere, headers=first)
    for answer in (made, changed):
        assert answer.status_code == 400
        assert sorted(answer.json()["errors"]) == ["assignee", "labels"]
    task.refresh_from_db()
    assert task.version == 1 and Task.objects.count() == 1


def test_who_reads_may_not_write_and_a_stranger_sees_nothing(as_user, project):
    task = TaskFactory(project=project)
    viewer, stranger = UserFactory(), UserFactory()
    member(project, viewer, Role.VIEWER)
    first = {"If-Match": '"1"'}
    for user, status in ((viewer, 403), (stranger, 404)):
        client = as_user(user)
        assert client.post(tasks_of(project), {"title": "a"}).status_code == status
        address = f"{TASKS}{task.pk}/"
        assert client.patch(address, {"title": "a"}, headers=first).status_code == status
        assert client.delete(address, headers=first).status_code == status
    assert as_user(viewer).get(f"{TASKS}{task.pk}/").status_code == 200
    assert as_user(stranger).get(f"{TASKS}{task.pk}/").status_code == 404
    assert as_user(viewer).get(f"{TASKS}{2**70}/").status_code == 404
    task.refresh_from_db()
    assert task.version == 1
