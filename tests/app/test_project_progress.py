"""A project's activity and report."""

from datetime import timedelta

import pytest
from django.utils import timezone

from domains.projects.models import Activity, Project, Role
from domains.tasks.models import Task
from factories import ProjectFactory, UserFactory, member

pytestmark = pytest.mark.django_db
URL = "/api/v1/projects/"


@pytest.fixture
def project():
    return ProjectFactory()


@pytest.fixture
def owner(as_user, project):
    return as_user(project.owner)


def test_activity_is_read_in_pages_the_newest_first(owner, project, django_assert_num_queries):
    for name in "abcde":
        owner.post(f"{URL}{project.pk}/labels/", {"name": name})
    Activity.objects.create(project=ProjectFactory(), verb="x", subject="y", subject_id=1)
    found, address = [], f"{URL}{project.pk}/activity/?page_size=2"
    while address:
        with django_assert_num_queries(2):
            page = owner.get(address).json()
        found += page["results"]
        address = page["next"]
    assert [each["data"]["name"] for each in found] == list("edcba")
    assert found[0]["actor"] == project.owner_id and found[0]["actor_name"] == project.owner.name
    wrong = owner.get(f"{URL}{project.pk}/activity/", {"cursor": "cD1ub25zZW5zZQ=="})
    assert wrong.status_code == 404


def test_what_strangers_do_not_read(as_user, project):
    client = as_user(UserFactory())
    for part in ("activity", "report", "labels"):
        assert client.get(f"{URL}{project.pk}/{part}/").status_code == 404
    Project.objects.update(is_public=True)
    for part in ("activity", "report", "labels"):
        assert client.get(f"{URL}{project.pk}/{part}/").status_code == 200


def a_task(project, number, **values):
    return Task.objects.create(project=project, number=number, title="x", **values)


@pytest.mark.django_db(transaction=True)
def test_the_report_counts_in_one_query_and_is_shared(
    as_user, owner, project, django_assert_num_queries
):
    eve, today = UserFactory(name="Eve"), timezone.now().date()
    member(project, eve, Role.VIEWER)
    yesterday = today - timedelta(days=1)
    a_task(project, 1, assignee=eve, due=yesterday, priority=3)
    a_task(project, 2, assignee=eve, due=yesterday, status="done")
    a_task(project, 3, due=today, status="doing")
    a_task(ProjectFactory(), 1, due=yesterday)
    with django_assert_num_queries(2):
        answer = owner.get(f"{URL}{project.pk}/report/")
    assert answer.json() == {
        **{"total": 3, "overdue": 1},
        "by_status": {"open": 1, "doing": 1, "done": 1},
        "by_priority": {"low": 0, "normal": 2, "high": 0, "urgent": 1},
        "by_assignee": [
            {"user": eve.pk, "name": "Eve", "tasks": 2, "overdue": 1},
            {"user": None, "name": None, "tasks": 1, "overdue": 0},
        ],
    }
    assert answer["Cache-Control"] == "private, no-cache"
    reader = as_user(eve)
    with django_assert_num_queries(1):
        assert reader.get(f"{URL}{project.pk}/report/").content == answer.content
    a_task(project, 4)
    with django_assert_num_queries(2):
        assert reader.get(f"{URL}{project.pk}/report/").json()["total"] == 4


@pytest.mark.django_db(transaction=True)
def test_each_change_of_a_task_is_in_the_next_report(owner, project):
    report, tasks = f"{URL}{project.pk}/report/", f"{URL}{project.pk}/tasks/"

    def counted():
        return owner.get(report).json()["by_status"]

    assert counted() == {"open": 0, "doing": 0, "done": 0}
    made = owner.post(tasks, {"title": "Dig"})
    assert made.status_code == 201 and counted()["open"] == 1
    one = f"/api/v1/tasks/{made.json()['id']}/"
    changed = owner.patch(one, {"status": "done"}, headers={"If-Match": made["ETag"]})
    assert changed.status_code == 200 and counted() == {"open": 0, "doing": 0, "done": 1}
    assert owner.delete(one, headers={"If-Match": changed["ETag"]}).status_code == 204
    assert counted() == {"open": 0, "doing": 0, "done": 0}


def test_a_report_of_nothing_is_all_zeros(owner, project):
    found = owner.get(f"{URL}{project.pk}/report/").json()
    assert found["total"] == found["overdue"] == 0 and found["by_assignee"] == []
    assert set(found["by_status"].values()) == {0}
