"""Many changes at once: all of them, or none."""

import pytest

from domains.projects.models import Activity, Project
from domains.tasks.models import Task
from factories import LabelFactory, ProjectFactory, TaskFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return ProjectFactory(last_task=3)


@pytest.fixture
def owner(as_user, project):
    return as_user(project.owner)


@pytest.fixture
def label(project):
    return LabelFactory(project=project)


@pytest.fixture
def tasks(project, label):
    return [
        TaskFactory(project=project, number=place, due="2026-01-01", labelled=[label])
        for place in (1, 2, 3)
    ]


def bulk_of(project):
    return f"/api/v1/projects/{project.pk}/tasks/bulk/"


def shown(client, number):
    return client.get(f"/api/v1/tasks/{number}/").json()


def test_all_is_done_in_two_statements(owner, project, tasks, label, django_assert_num_queries):
    first, second, third = tasks
    parts = {
        "create": [{"title": f"new {place}", "labels": [label.pk]} for place in range(5)],
        "update": [
            {"id": second.pk, "version": 1, "status": "done", "labels": [], "due": None},
            {"id": first.pk, "version": 1, "assignee": project.owner_id},
        ],
        "delete": [third.pk],
    }
    with django_assert_num_queries(2 + 2):  # and a savepoint's, in a test
        answer = owner.post(bulk_of(project), parts)
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert [each["title"] for each in found["created"]] == [f"new {place}" for place in range(5)]
    assert [each["number"] for each in found["created"]] == [4, 5, 6, 7, 8]
    assert [each["id"] for each in found["updated"]] == [second.pk, first.pk]
    assert found["deleted"] == [third.pk]
    assert found["updated"][0]["labels"] == [] and found["updated"][0]["due"] is None
    assert found["updated"][0]["title"] == second.title
    assert found["updated"][1]["labels"][0]["id"] == label.pk
    for each in found["created"] + found["updated"]:
        assert each == shown(owner, each["id"])
    assert not Task.objects.filter(pk=third.pk).exists()
    assert Project.objects.get(pk=project.pk).last_task == 8
    told = Activity.objects.order_by("id").values_list("verb", "data__number", "data__fields")
    assert {each[:2] for each in told} >= {("deleted", 3), ("created", 8), ("changed", 1)}
    changed = [tuple(each[2]) for each in told if each[0] == "changed"]
    assert sorted(changed) == [("assignee",), ("due", "labels", "status")]
    assert len(told) == 8


def untouched(tasks, project):
    """Whether nothing has happened."""
    kept = Task.objects.order_by("id").values_list("pk", "version")
    assert list(kept) == [(task.pk, 1) for task in tasks]
    assert Project.objects.get(pk=project.pk).last_task == 3
    return not Activity.objects.exists()


def test_one_wrong_item_refuses_all(owner, project, tasks):
    elsewhere, stranger = TaskFactory(project__slug="other"), UserFactory()
    answer = owner.post(
        bulk_of(project),
        {
            "create": [{"title": "a"}, {"title": "b", "assignee": stranger.pk, "labels": [10**9]}],
            "update": [{"id": elsewhere.pk, "version": 1, "title": "x"}],
            "delete": [tasks[0].pk, 10**9],
        },
    )
    assert answer.status_code == 400
    errors = answer.json()["errors"]
    assert set(errors["create"]) == {"1"} and set(errors["create"]["1"]) == {"labels", "assignee"}
    assert set(errors["update"]["0"]) == {"id"} and set(errors["delete"]) == {"1"}
    elsewhere.delete()
    assert untouched(tasks, project)


def test_a_stale_version_refuses_all(owner, project, tasks):
    change = {"id": tasks[0].pk, "version": 2, "title": "x"}
    answer = owner.post(bulk_of(project), {"create": [{"title": "a"}], "update": [change]})
    assert answer.status_code == 412 and str(tasks[0].pk) in answer.json()["detail"]
    assert untouched(tasks, project)


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ({}, {"non_field_errors"}),
        ({"create": []}, {"non_field_errors"}),
        ({"create": [{"title": "a"}] * 101}, {"create"}),
        ({"create": [{"title": "a"}] * 51, "delete": list(range(1, 51))}, {"non_field_errors"}),
        ({"create": {}}, {"create"}),
        ({"create": None}, {"create"}),
        ({"make": []}, {"make"}),
        ({"create": [{"title": "a", "id": 1}]}, {"create"}),
        ({"update": [{"title": "a"}]}, {"update"}),
        ({"update": [1]}, {"update"}),
        ({"delete": [1, 1]}, {"delete"}),
        ({"delete": ["1"]}, {"delete"}),
        ({"update": [{"id": 1, "version": 1}], "delete": [1]}, {"non_field_errors"}),
    ],
)
def test_wrong_input_is_refused(owner, project, tasks, parts, named):
    answer = owner.post(bulk_of(project), parts)
    assert answer.status_code == 400 and set(answer.json()["errors"]) == named
    assert untouched(tasks, project)


def test_a_request_that_is_sent_twice_is_done_once(owner, project, django_assert_num_queries):
    key, parts = {"Idempotency-Key": "k"}, {"create": [{"title": "a"}] * 100}
    first = owner.post(bulk_of(project), parts, headers=key)
    again = owner.post(bulk_of(project), parts, headers=key)
    assert first.status_code == 200 and first.content == again.content
    assert Task.objects.filter(project=project).count() == 100
