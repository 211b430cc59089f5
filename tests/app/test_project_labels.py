"""Labels, activity, the report, and the list of public projects."""

from datetime import timedelta

import pytest
from django.utils import timezone
from factories import ProjectFactory, UserFactory, member
from projects import labels
from projects.events import TASKS
from projects.models import Activity, Project, Role
from tasks.models import Label, Task

pytestmark = pytest.mark.django_db
URL = "/api/v1/projects/"
LABELS = "/api/v1/labels/"


@pytest.fixture
def project():
    return ProjectFactory()


@pytest.fixture
def owner(as_user, project):
    return as_user(project.owner)


def test_a_label_is_made_listed_changed_and_deleted(owner, project, django_assert_num_queries):
    address = f"{URL}{project.pk}/labels/"
    with django_assert_num_queries(2):
        made = owner.post(address, {"name": "soil"})
    assert made.status_code == 201 and made.json()["color"] == "#808080"
    one = f"{LABELS}{made.json()['id']}/"
    assert made["Location"].endswith(one) and owner.get(one).json() == made.json()
    owner.post(address, {"name": "air", "color": "#00ff00"})
    with django_assert_num_queries(2):
        assert [each["name"] for each in owner.get(address).json()] == ["air", "soil"]
    with django_assert_num_queries(2):
        changed = owner.patch(one, {"color": "#123456"})
    assert changed.json() == {**made.json(), "color": "#123456"} == owner.get(one).json()
    with django_assert_num_queries(2):
        assert owner.delete(one).status_code == 204
    assert owner.get(one).status_code == owner.delete(one).status_code == 404
    told = Activity.objects.order_by("id").values_list("verb", "data__name")
    assert list(told) == [
        ("created", "soil"),
        ("created", "air"),
        ("changed", "soil"),
        ("deleted", "soil"),
    ]


def test_a_label_that_is_sent_twice_is_one(owner, project, django_assert_num_queries):
    key = {"Idempotency-Key": "k"}
    with django_assert_num_queries(4 + 2):  # and a savepoint's, in a test
        first = owner.post(f"{URL}{project.pk}/labels/", {"name": "soil"}, headers=key)
    again = owner.post(f"{URL}{project.pk}/labels/", {"name": "soil"}, headers=key)
    assert first.content == again.content and Label.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 41}, "name"),
        ({"name": "x", "color": "red"}, "color"),
        ({"name": "x", "color": "#00FF00"}, "color"),
        ({"name": "x", "color": "#00ff00\n"}, "color"),
        ({"name": "x", "project": 1}, "project"),
        ({"name": "there"}, "name"),
    ],
)
def test_a_wrong_label_is_named(owner, project, given, field):
    Label.objects.create(project=project, name="there")
    answer = owner.post(f"{URL}{project.pk}/labels/", given)
    # A line's end around a text is taken away before the check.
    if given.get("color", "").endswith("\n"):
        assert answer.status_code == 201 and answer.json()["color"] == "#00ff00"
    else:
        assert answer.status_code == 400 and list(answer.json()["errors"]) == [field]
        assert Label.objects.count() == 1


def test_labels_have_an_end(owner, project, monkeypatch):
    few = labels.CREATE.replace("labels < 100", "labels < 1")
    assert few != labels.CREATE
    monkeypatch.setattr(labels, "CREATE", few)
    monkeypatch.setattr(labels, "MOST", 1)
    address = f"{URL}{project.pk}/labels/"
    assert owner.post(address, {"name": "a"}).status_code == 201
    assert "at most" in owner.post(address, {"name": "b"}).json()["errors"]["name"][0]


@pytest.mark.django_db(transaction=True)
def test_a_label_cannot_take_anothers_name(owner, project):
    Label.objects.create(project=project, name="there")
    one = Label.objects.create(project=project, name="one")
    answer = owner.patch(f"{LABELS}{one.pk}/", {"name": "there"})
    assert answer.status_code == 400 and list(answer.json()["errors"]) == ["name"]
    assert owner.patch(f"{LABELS}{one.pk}/", {"name": "two"}).json()["name"] == "two"


@pytest.mark.parametrize(
    ("role", "public", "reads", "writes"),
    [(Role.EDITOR, False, 200, 200), (Role.VIEWER, False, 200, 403)]
    + [(None, True, 200, 403), (None, False, 404, 404)],
)
def test_who_may_use_labels(as_user, role, public, reads, writes):
    project, user = ProjectFactory(is_public=public), UserFactory()
    if role:
        member(project, user, role)
    client, label = as_user(user), Label.objects.create(project=project, name="one")
    one, many = f"{LABELS}{label.pk}/", f"{URL}{project.pk}/labels/"
    assert client.get(one).status_code == client.get(many).status_code == reads
    assert client.patch(one, {"name": "new"}).status_code == writes
    assert client.post(many, {"name": "x"}).status_code == (201 if writes == 200 else writes)
    assert client.delete(one).status_code == (204 if writes == 200 else writes)


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
    TASKS.happened(of=project.pk)
    with django_assert_num_queries(1):
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
