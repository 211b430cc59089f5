"""`manage.py seed`: always the same rows, once, and never by chance in production."""

import dataclasses
import io
import sys
from contextlib import contextmanager
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Max
from psycopg import Error

from accounts.models import User
from domains.projects.models import Membership, Project
from domains.tasks import seeding
from domains.tasks.deferred_indexes import bare
from domains.tasks.management.commands import seed as command
from domains.tasks.models import Label, Task, TaskLabel
from parallel import at_once

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


def keys():
    """The indexes and constraints of all tables, each with its definition."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace""")
        return dict(cursor.fetchall())


@pytest.fixture
def bared(monkeypatch):
    """Whether each run could do without keys for a while."""
    could = []

    @contextmanager
    def noting(tables, *, cursor):
        with bare(tables, cursor=cursor) as without:
            could.append((without, len(keys())))
            yield without

    monkeypatch.setattr(seeding, "bare", noting)
    return could


def test_keys_are_dropped_for_empty_tables_only_and_are_there_again(bared):
    before = keys()
    assert {"tasks_words", "tasks_task.tasks_number_once"} <= set(before)
    seeded()
    assert keys() == before
    seeded(seed=2)
    assert keys() == before and Task.objects.count() == 200
    (first, few), (second, all_of_them) = bared
    assert first and few < len(before) - 10 and (second, all_of_them) == (False, len(before))
    with pytest.raises(IntegrityError), transaction.atomic():
        TaskLabel.objects.create(task_id=0, label_id=0)


def test_keys_of_a_table_that_is_not_ours_are_left_alone():
    with connection.cursor() as cursor, bare(("pg_class",), cursor=cursor) as without:
        assert without is False


@pytest.mark.django_db(transaction=True)
def test_a_run_that_fails_leaves_the_keys_and_nothing_else(bared, monkeypatch):
    before = keys()
    monkeypatch.setattr(seeding, "TASK", ("id", "no_such_column"))
    with pytest.raises(Error, match="no_such_column"):
        seeded()
    assert bared[0][0] and keys() == before and not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_table_that_somebody_reads_keeps_its_keys_and_is_not_waited_for(bared):
    read, done = Event(), Event()

    def reader():
        with transaction.atomic():
            assert not Task.objects.exists()
            read.set()
            return done.wait(20)

    def writer():
        read.wait(20)
        try:
            return seeded()
        finally:
            done.set()

    held, said = at_once(reader, writer)
    assert held and "100 tasks" in said and [without for without, _ in bared] == [False]


def test_production_needs_a_word():
    with pytest.raises(CommandError, match="--yes-in-production"):
        call_command("seed", **{**SMALL, "yes_in_production": False})
    assert not User.objects.exists()


def test_elsewhere_it_needs_none(monkeypatch):
    monkeypatch.setattr(command, "ENV", dataclasses.replace(command.ENV, mode="staging"))
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
