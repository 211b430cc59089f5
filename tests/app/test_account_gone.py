"""Whose account was removed by hand: their token is still good, but nothing is written for them."""

import pytest
from django.db import connection

from accounts.models import User
from domains.notes.models import Note
from domains.projects.models import Activity, Membership, Project
from domains.tasks.models import Task
from endpoints import ENDPOINTS
from endpoints.entry import OK, prepared
from endpoints.world import World
from factories import ProjectFactory, UserFactory
from parallel import beside

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quick_passwords", "queue_left_empty"),
]
SAFE = ("GET", "HEAD", "OPTIONS")
CHANGES = [each for each in ENDPOINTS if each.method not in SAFE and each.access["anonymous"] != OK]
# All that refers to an account and would keep its row from going.
FORGET = """
UPDATE projects_project SET owner_id = %(heir)s WHERE owner_id = %(user)s;
UPDATE projects_activity SET actor_id = NULL WHERE actor_id = %(user)s;
UPDATE tasks_task SET author_id = NULL WHERE author_id = %(user)s;
UPDATE tasks_task SET assignee_id = NULL WHERE assignee_id = %(user)s;
UPDATE tasks_comment SET author_id = NULL WHERE author_id = %(user)s;
UPDATE tasks_attachment SET author_id = NULL WHERE author_id = %(user)s;
UPDATE projects_membership SET role = 'owner' WHERE user_id = %(heir)s;
DELETE FROM projects_membership WHERE user_id = %(user)s;
DELETE FROM accounts_secondfactor WHERE user_id = %(user)s;
DELETE FROM accounts_user WHERE id = %(user)s
"""
HOLD = "SELECT FROM projects_project WHERE id = %s FOR UPDATE"
ONCE = {"Idempotency-Key": "once"}
# These end what the account has, in Redis: it is done whoever asks.
ENDS = {"POST accounts:logout-everywhere": 204, "DELETE accounts:session": 204}
# And this one was let in before the account went, and tells of nothing in the project that it ends.
DONE = {"DELETE projects:detail": 204}


def remove(user, heir):
    """As a person does by SQL."""
    for statement in FORGET.split(";"):
        with connection.cursor() as cursor:
            cursor.execute(statement, {"user": user.pk, "heir": heir.pk})
    assert not User.objects.filter(pk=user.pk).exists()


def written():
    """How many rows there are of what can be written."""
    return [kind.objects.count() for kind in (Project, Membership, Activity, Task, Note)]


def test_no_address_writes_for_an_account_that_is_gone():
    assert len(CHANGES) > 15
    for endpoint in CHANGES:
        world = World(public=False)
        user = getattr(world, endpoint.least())
        call = prepared(endpoint, world, endpoint.least())
        remove(user, world.editor if user == world.owner else world.owner)
        before = written()
        answer = call()
        assert answer.status_code == ENDS.get(str(endpoint), 401), (endpoint, answer.content)
        if answer.status_code == 401:
            assert "Log in again" in answer.json()["detail"]
            assert answer["WWW-Authenticate"].startswith("Bearer")
        assert written() == before, endpoint


def test_an_account_that_goes_while_it_writes_has_written_nothing():
    inside = [each for each in CHANGES if each.name.split(":")[0] in ("projects", "tasks")]
    inside.remove(next(each for each in inside if str(each) == "POST projects:list"))
    assert len(inside) > 12
    for endpoint in inside:
        world = World(public=False)
        user = getattr(world, endpoint.least())
        call = prepared(endpoint, world, endpoint.least())
        with beside(call) as results, connection.cursor() as cursor:
            cursor.execute(HOLD, [world.project.pk])
            remove(user, world.editor if user == world.owner else world.owner)
        (answer,) = results
        assert answer.status_code == DONE.get(str(endpoint), 401), (endpoint, answer.content)
        assert not Activity.objects.exists(), endpoint


def test_a_create_with_a_key_is_refused_too_and_leaves_the_key(as_user):
    user, heir = UserFactory.create_batch(2)
    client = as_user(user)
    remove(user, heir)
    for _ in range(2):
        answer = client.post("/api/v1/projects/", {"name": "New"}, headers=ONCE)
        assert answer.status_code == 401 and not Project.objects.exists()


def test_nobody_is_asked_for_whose_change_is_made(as_user, django_assert_num_queries):
    project = ProjectFactory()
    owner, stranger = as_user(project.owner), as_user(UserFactory())
    address = f"/api/v1/projects/{project.pk}/tasks/"
    with django_assert_num_queries(1):
        assert owner.post(address, {"title": "New"}).status_code == 201
    with django_assert_num_queries(2):
        assert stranger.post(address, {"title": "New"}).status_code == 404
