"""`manage.py seed`: always the same rows, once, and never by chance in production."""

import io
import sys
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import Count, Max
from psycopg import Error

from accounts.models import User
from domains.projects.models import Membership, Project
from domains.tasks import seeding
from domains.tasks.models import Label, Task, TaskLabel

pytestmark = pytest.mark.django_db
SMALL = {"users": 12, "projects": 3, "tasks": 100, "labels": 4, "yes_in_production": True}


def seeded(**options):
    out = io.StringIO()
    call_command("seed", stdout=out, **{**SMALL, **options})
    return out.getvalue()


def picture():
    """What there is, whatever the numbers of the rows."""
    fields = ("title", "description", "status", "priority", "due", "assignee__name", "created_at")
    return list(Task.objects.order_by("project__slug", "number").values_list("number", *fields))


def test_it_adds_what_is_asked_for_and_a_second_run_nothing(as_user):
    assert "100 tasks" in seeded()
    assert (User.objects.count(), Project.objects.count(), Task.objects.count()) == (12, 3, 100)
    assert Label.objects.count() == 12 and Membership.objects.count() == 24
    assert TaskLabel.objects.count() > 100
    numbered = Task.objects.values("project").annotate(count=Count("id"), last=Max("number"))
    assert sum(each["count"] for each in numbered) == 100
    for project in Project.objects.all():
        last = project.tasks.aggregate(last=Max("number"))["last"]
        assert project.last_task == project.tasks.count() == last
    before = picture()
    assert "nothing added" in seeded()
    assert picture() == before
    project = Project.objects.order_by("id")[0]
    client, address = as_user(project.owner), f"/api/v1/projects/{project.pk}/tasks/"
    assert len(client.get(f"{address}?q=compost").json()["results"]) > 5
    made = client.post(address, {"title": "next"})
    assert made.json()["number"] == project.last_task + 1


def test_the_same_seed_gives_the_same_rows_and_another_one_others():
    seeded()
    first = picture()
    Project.objects.all().delete()
    User.objects.all().delete()
    seeded()
    assert picture() == first and len(first) == 100
    Project.objects.all().delete()
    seeded(seed=2)
    assert picture() != first and User.objects.count() == 24


@pytest.mark.django_db(transaction=True)
def test_a_run_that_fails_leaves_nothing(monkeypatch):
    monkeypatch.setattr(seeding, "TASK", ("id", "no_such_column"))
    with pytest.raises(Error, match="no_such_column"):
        seeded()
    assert not User.objects.exists()


def test_production_needs_a_word():
    with pytest.raises(CommandError, match="--yes-in-production"):
        call_command("seed", **{**SMALL, "yes_in_production": False})
    assert not User.objects.exists()


def test_elsewhere_it_needs_none(monkeypatch):
    monkeypatch.setattr(settings, "ENV", SimpleNamespace(mode="staging"))
    seeded(yes_in_production=False, tasks=0)
    assert User.objects.count() == 12 and not Task.objects.exists()


@pytest.mark.parametrize("source", ["stdin", "env"])
def test_the_first_account_gets_a_password_only_when_asked(api, monkeypatch, source):
    password = "a long password"
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    monkeypatch.setenv("SEED_PASSWORD", password)
    assert password not in seeded(password_from=source)
    given = {"email": "seed-1-0@example.com", "password": password}
    assert api.post("/api/v1/auth/login/", given).status_code == 200
    other = {**given, "email": "seed-1-1@example.com"}
    assert api.post("/api/v1/auth/login/", other).status_code == 401
    seeded(seed=2)
    other = {**given, "email": "seed-2-0@example.com"}
    assert api.post("/api/v1/auth/login/", other).status_code == 401


@pytest.mark.parametrize("wrong", [{"users": 0}, {"projects": 0}, {"tasks": -1}, {"labels": -1}])
def test_amounts_that_make_no_sense_are_refused(wrong):
    with pytest.raises(CommandError):
        seeded(**wrong)


def test_a_short_password_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    with pytest.raises(CommandError, match="12 characters"):
        seeded(password_from="stdin")
    assert not User.objects.exists()
