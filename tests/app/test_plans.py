"""Statements whose plans PostgreSQL keeps."""

import sys

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from core.db import plans
from core.db.plans import Planned
from core.observability import request_stats
from core.observability.log_format import request_id
from domains.tasks import pages
from domains.tasks.cursors import BY
from factories import TaskFactory, UserFactory

TWICE = Planned("twice", "SELECT %(number)s::int * 2, '%%', %(number)s::int")


def _kept():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        return {name for name, in cursor.fetchall()}


def _declared():
    get_resolver().url_patterns  # which loads all that declares one
    pages_of = [
        pages._plain(name, down=down, back=back, goes_on=goes_on)
        for name in BY
        if name != "rank"
        for down in (True, False)
        for back, goes_on in ((False, False), (False, True), (True, True))
    ]
    found = {each.name: each for each in pages_of}
    for module in list(sys.modules.values()):
        if (getattr(module, "__file__", None) or "").startswith("/srv/app/"):
            for value in vars(module).values():
                each = value.values() if isinstance(value, dict) else [value]
                found |= {one.name: one for one in each if isinstance(one, Planned)}
    return found


@pytest.mark.django_db
def test_a_statement_is_prepared_once_and_asked_by_name():
    with CaptureQueriesContext(connection) as asked:
        assert TWICE.one({"number": 4}) == (8, "%", 4)
        assert TWICE.one({"number": -5}) == (-10, "%", -5)
    assert [one["sql"].split("(")[0] for one in asked] == [f"EXECUTE {TWICE.name} "] * 2
    assert TWICE.name in _kept()


@pytest.mark.django_db
def test_postgresql_takes_each_that_is_declared():
    found = _declared()
    assert len(found) > 40
    with connection.cursor() as cursor:
        known = plans._prepared.setdefault(cursor.connection, {})
        for each in found.values():
            each._be_prepared(cursor, anew=each.name in known)
            known[each.name] = True
    assert found.keys() <= _kept()


SEEN = Planned("seen", "SELECT * FROM notes_note WHERE id = %(number)s")


@pytest.fixture
def changed_column():
    """A plan is kept, and a column that it returns has another type since."""
    for _ in range(2):  # the first may find, and forget, a plan of the test before
        SEEN.one({"number": 1})
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notes_note ALTER title TYPE text")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notes_note ALTER title TYPE varchar(200)")


@pytest.mark.django_db(transaction=True)
def test_a_plan_that_a_migration_made_useless_is_made_anew(changed_column):
    for _ in range(2):
        assert SEEN.one({"number": 1}) is None
    assert SEEN.name in _kept()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_meets_such_a_plan_is_lost_and_the_next_one_is_not(changed_column):
    with pytest.raises(DatabaseError, match="must not change result type"), transaction.atomic():
        SEEN.one({"number": 1})
    with transaction.atomic():
        assert SEEN.one({"number": 1}) is None


@pytest.mark.django_db(transaction=True)
def test_a_session_that_knows_no_such_plan_gets_the_statement_itself():
    assert TWICE.one({"number": 1})[0] == 2
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert TWICE.one({"number": 2})[0] == 4  # by its text
    assert TWICE.one({"number": 3})[0] == 6 and TWICE.name in _kept()


@pytest.mark.django_db(transaction=True)
def test_what_else_goes_wrong_is_told_as_it_is():
    with pytest.raises(DatabaseError, match="out of range"):
        TWICE.one({"number": 2**31 - 1})
    with pytest.raises(DatabaseError, match="does not exist"):
        Planned("nowhere", "SELECT 1 FROM nowhere_at_all").one({})


@pytest.mark.django_db(transaction=True)
def test_behind_a_pooler_that_shares_sessions_none_is_prepared(settings):
    settings.DATABASE_PLANS = False
    connection.close_pool()
    with CaptureQueriesContext(connection) as asked:
        assert TWICE.one({"number": 4}) == (8, "%", 4)
    assert asked[0]["sql"].startswith("SELECT 4::int * 2") and not _kept()


@pytest.mark.django_db
def test_pages_with_filters_are_planned_each_time(as_user):
    task = TaskFactory()
    before = _kept()
    client = as_user(task.project.owner)
    assert client.get(f"/api/v1/projects/{task.project_id}/tasks/?status=open&priority=1").json()
    assert not [name for name in _kept() - before if name.startswith("tasks_")]


@pytest.mark.django_db
@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 10**40])
def test_a_number_that_no_row_can_have_is_not_there(as_user, number):
    client = as_user(UserFactory())
    for place in ("projects", "tasks", "comments", "labels"):
        assert client.get(f"/api/v1/{place}/{number}/").status_code == 404, place


@pytest.mark.django_db
def test_the_server_shows_whose_statement_it_is():
    own = Planned("own", "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()")
    named, (_, closing) = request_id.set("abc-1"), request_stats.begin()
    try:
        assert own.one({})[0] == f"/* request abc-1 */ EXECUTE {own.name}"
    finally:
        request_stats.end(closing)
        request_id.reset(named)
