"""Statements that PostgreSQL keeps prepared, and how connections are handed out."""

import subprocess
import sys

import pytest
from django.db import DatabaseError, connection, transaction

from core.db.statements import fetch_one
from domains.notes.models import Note
from factories import TaskFactory, UserFactory
from processes import environment

THRESHOLD = 5  # of the settings: how often a connection runs a statement before it is prepared
TWICE = "SELECT %(number)s::int * 2, '%%', %(number)s::int"


def prepared():
    """The texts that this connection has prepared."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [text for (text,) in cursor.fetchall()]


def plans(text):
    """How often the prepared statement ran with its kept plan, and with a new one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements"
            " WHERE statement LIKE %s",
            [f"%{text}%"],
        )
        return tuple(map(int, cursor.fetchone()))


@pytest.mark.django_db
def test_a_statement_that_runs_often_is_prepared():
    for number in range(THRESHOLD):
        assert fetch_one(TWICE, {"number": number}) == (number * 2, "%", number)
    assert not [text for text in prepared() if "::int * 2" in text]
    assert fetch_one(TWICE, {"number": -5}) == (-10, "%", -5)
    assert [text for text in prepared() if "$1::int * 2" in text]


@pytest.mark.django_db
def test_the_orms_statements_are_prepared_too():
    for _ in range(THRESHOLD + 1):
        assert not Note.objects.filter(pk=1).exists()
    assert [text for text in prepared() if "notes_note" in text and "$1" in text]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("address", "part"),
    [("/api/v1/tasks/{task}/", "row_to_json"), ("/api/v1/projects/{project}/tasks/", "version")],
)
def test_the_hot_reads_run_with_a_plan_that_is_kept(as_user, address, part):
    task = TaskFactory()
    client = as_user(task.project.owner)
    for _ in range(20):
        found = client.get(address.format(task=task.pk, project=task.project_id))
        assert found.status_code == 200
    kept, planned = plans(part)
    assert kept > 0, (kept, planned)


@pytest.fixture
def changed_column():
    """A statement is prepared, and a column that it returns has another type since."""
    for _ in range(THRESHOLD + 1):
        seen()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    other = connection.copy("other")
    try:
        with other.cursor() as cursor:
            cursor.execute("ALTER TABLE notes_note ALTER title TYPE text")
        yield
        with other.cursor() as cursor:
            cursor.execute("ALTER TABLE notes_note ALTER title TYPE varchar(200)")
    finally:
        other.close()
        other.close_pool()


def seen():
    return fetch_one("SELECT * FROM notes_note WHERE id = %(number)s", {"number": 1})


@pytest.mark.django_db(transaction=True)
def test_a_plan_that_a_migration_made_stale_is_renewed(changed_column):
    for _ in range(2):
        assert seen() is None


@pytest.mark.django_db(transaction=True)
def test_a_transaction_with_a_stale_plan_fails_and_the_next_one_does_not(changed_column):
    with pytest.raises(DatabaseError, match="must not change result type"), transaction.atomic():
        seen()
    with transaction.atomic():
        assert seen() is None


@pytest.mark.django_db(transaction=True)
def test_other_errors_are_raised_as_they_are():
    with pytest.raises(DatabaseError, match="out of range"):
        fetch_one(TWICE, {"number": 2**31 - 1})
    with pytest.raises(DatabaseError, match="does not exist"):
        fetch_one("SELECT 1 FROM nowhere_at_all", {})


def test_preparing_can_be_switched_off():
    code = (
        "from django.conf import settings as s; o = s.DATABASES['default']['OPTIONS'];"
        "print(o['prepare_threshold'], o['server_side_binding'])"
    )
    for given, expected in (("1", "5 True"), ("0", "None True")):
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd="/srv/app",
            env=environment() | {"DATABASE_PREPARED_STATEMENTS": given},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split("\n")[0] == expected


@pytest.mark.django_db
@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 10**40])
def test_a_number_that_no_row_can_have_is_not_there(as_user, number):
    client = as_user(UserFactory())
    for place in ("projects", "tasks", "comments", "labels"):
        assert client.get(f"/api/v1/{place}/{number}/").status_code == 404, place


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_has_ended_is_replaced():
    other = connection.copy("pooled")
    other.settings_dict["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 1, "timeout": 5}

    def session():
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (found,) = cursor.fetchone()
        other.close()  # back into the pool
        return found

    try:
        for _ in range(3):
            ended = session()
            assert session() == ended, "one that works is kept"
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
                assert cursor.fetchone() == (True,)
            assert session() != ended
    finally:
        other.close()
        other.close_pool()
