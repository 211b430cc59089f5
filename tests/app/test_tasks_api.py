"""Tasks one by one: created, shown, changed, deleted, with versions and the rights of each role."""

import pytest
from rest_framework.test import APIClient

from accounts.auth.login.services import open_session
from domains.projects.models import Activity, Project
from domains.tasks.models import Task
from domains.tasks.serializers import TaskOutput
from factories import LabelFactory, ProjectFactory, TaskFactory
from parallel import at_once

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


def documented(task):
    """The task as the documented serializer writes it."""
    found = Task.objects.select_related("assignee", "author").get(pk=task["id"])
    found.ordered = found.labels.order_by("name")
    data = dict(TaskOutput(found).data)
    return {**data, "labels": [dict(each) for each in data["labels"]]}


def test_a_task_is_created_shown_changed_and_deleted(owner, project, django_assert_num_queries):
    label = LabelFactory(project=project, name="soil")
    given = {"title": " Turn it ", "description": 'Söil "x" \\ \n', "status": "doing"}
    given |= {"priority": 3, "assignee": project.owner_id, "due": "2026-12-01"}
    with django_assert_num_queries(1):
        made = owner.post(tasks_of(project), {**given, "labels": [label.pk]})
    assert made.status_code == 201, made.content
    task = made.json()
    person = {"id": project.owner_id, "name": project.owner.name}
    assert task["title"] == "Turn it" and task["description"] == 'Söil "x" \\'
    assert task["number"] == task["version"] == 1 and task["due"] == "2026-12-01"
    assert task["assignee"] == task["author"] == person
    assert task["labels"] == [{"id": label.pk, "name": "soil", "color": "#808080"}]
    assert made["Location"].endswith(f"{TASKS}{task['id']}/")
    with django_assert_num_queries(1):
        found = owner.get(made["Location"])
    assert found.content == made.content and found["ETag"] == made["ETag"]
    assert found.json() == documented(task)
    change = {"title": "Other", "labels": [], "assignee": None, "due": None}
    with django_assert_num_queries(1):
        changed = owner.patch(made["Location"], change, headers={"If-Match": made["ETag"]})
    assert changed.status_code == 200, changed.content
    assert changed.json() == documented(task)
    assert changed.json()["labels"] == [] and changed.json()["version"] == 2
    assert changed.content == owner.get(made["Location"]).content
    with django_assert_num_queries(3 + 2):  # with a savepoint's two, in a test
        assert owner.delete(made["Location"]).status_code == 204
    assert owner.get(made["Location"]).status_code == 404
    assert owner.delete(made["Location"]).status_code == 404
    told = Activity.objects.order_by("id").values_list("verb", "data")
    fields = sorted(change)
    assert list(told) == [
        ("created", {"number": 1}),
        ("changed", {"number": 1, "fields": fields}),
        ("deleted", {"number": 1}),
    ]


def test_what_is_known_is_not_sent_until_anything_shown_has_changed(owner, project):
    label = LabelFactory(project=project, name="soil")
    task = TaskFactory(project=project, labelled=[label])
    address = f"{TASKS}{task.pk}/"
    known = {"If-None-Match": owner.get(address)["ETag"]}
    again = owner.get(address, headers=known)
    assert again.status_code == 304 and not again.content
    assert again["ETag"] == known["If-None-Match"]
    owner.patch(f"/api/v1/labels/{label.pk}/", {"name": "earth"})
    other = owner.get(address, headers=known)
    assert other.status_code == 200 and other.json()["labels"][0]["name"] == "earth"


def test_a_change_names_the_version_that_it_was_made_from(owner, project):
    task = TaskFactory(project=project)
    address = f"{TASKS}{task.pk}/"
    assert owner.patch(address, {"title": "x"}).status_code == 428
    assert owner.patch(address, {"title": "x"}, headers={"If-Match": "*"}).status_code == 428
    stale = {"If-Match": '"7"'}
    assert owner.patch(address, {"title": "x"}, headers=stale).status_code == 412
    assert owner.delete(address, headers=stale).status_code == 412
    task.refresh_from_db()
    assert task.version == 1 and task.title != "x"
    assert owner.delete(address, headers={"If-Match": '"1"'}).status_code == 204


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_of_one_version_one_is_made():
    task = TaskFactory()
    token = open_session(task.project.owner).access

    def change(title):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        headers = {"If-Match": '"1"'}
        return client.patch(f"{TASKS}{task.pk}/", {"title": title}, headers=headers).status_code

    for round_ in range(1, 4):
        Task.objects.filter(pk=task.pk).update(version=1)
        found = at_once(*(lambda n=n: change(f"{round_} {n}") for n in range(4)))
        assert sorted(found) == [200, 412, 412, 412]
        task.refresh_from_db()
        assert task.version == 2


@pytest.mark.django_db(transaction=True)
def test_tasks_that_are_created_together_are_numbered_without_gap():
    project = ProjectFactory()
    token = open_session(project.owner).access

    def create(place):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        wrong = {"assignee": 10**9} if place % 4 == 3 else {}
        bulk = {"create": [{"title": "a"}, {"title": "b"}]}
        if place % 4 == 2:
            return client.post(f"{tasks_of(project)}bulk/", bulk).status_code
        return client.post(tasks_of(project), {"title": f"{place}", **wrong}).status_code

    found = at_once(*(lambda place=place: create(place) for place in range(12)))
    assert sorted(found) == [200] * 3 + [201] * 6 + [400] * 3
    numbers = Task.objects.filter(project=project).values_list("number", flat=True)
    assert sorted(numbers) == list(range(1, 13))
    project.refresh_from_db()
    assert project.last_task == 12
    assert Activity.objects.filter(project=project).count() == 12


def test_a_create_that_is_sent_twice_is_one(owner, project, django_assert_num_queries):
    key = {"Idempotency-Key": "k"}
    with django_assert_num_queries(3 + 2):  # and a savepoint's, in a test
        first = owner.post(tasks_of(project), {"title": "a"}, headers=key)
    again = owner.post(tasks_of(project), {"title": "a"}, headers=key)
    assert first.status_code == 201 and first.content == again.content
    assert first["ETag"] == again["ETag"] and again["Idempotent-Replayed"] == "true"
    assert Task.objects.count() == Project.objects.get(pk=project.pk).last_task == 1
