"""An archived project: all who may read it do, and nobody writes into it, at no moment."""

import pytest
from django.db import transaction

from domains.projects.models import Activity, Project
from domains.projects.services import change_project
from endpoints import ENDPOINTS
from endpoints.entry import CALLERS, OK, prepared
from endpoints.world import World
from parallel import beside

TYPE = "/problems/project-archived"
READS = ("GET",)
# The project itself stays its owners', and a new one is no part of it.
OPEN = {"POST projects:list", "PATCH projects:detail", "DELETE projects:detail"}
LEAVING = "DELETE projects:member"  # the viewer's own role, and so the viewer may still go
INSIDE = [each for each in ENDPOINTS if each.name.split(":")[0] in ("projects", "tasks")]
WRITES = [each for each in INSIDE if each.method not in READS and str(each) not in OPEN]


def archived(world):
    """The same world a little later."""
    Project.objects.filter(pk=world.project.pk).update(archived=True)
    return world


def expected(endpoint, caller):
    """As in an open project, but that no write is taken."""
    status = endpoint.expected(caller, public=False)
    if endpoint not in WRITES or endpoint.access[caller] != OK:
        return status
    return status if (str(endpoint), caller) == (LEAVING, "viewer") else 409


def asked(endpoint, world, caller):
    """The answer; nothing of what the call did stays."""
    call = prepared(endpoint, world, caller)
    with transaction.atomic():
        answer = call()
        transaction.set_rollback(True)
    return answer


@pytest.mark.django_db
@pytest.mark.parametrize("endpoint", INSIDE, ids=str)
def test_who_may_write_is_told_that_it_is_archived_and_who_may_not_is_told_no_more(endpoint):
    world = archived(World(public=False))
    found = {caller: asked(endpoint, world, caller) for caller in CALLERS}
    statuses = {caller: answer.status_code for caller, answer in found.items()}
    assert statuses == {caller: expected(endpoint, caller) for caller in CALLERS}
    for answer in found.values():
        if answer.status_code == 409:
            told = answer.json()
            assert (told["type"], told["title"]) == (TYPE, "The project is archived")
            assert "reopens" in told["detail"] and answer["Content-Type"].endswith("problem+json")


def test_most_writes_are_into_a_project():
    assert len(WRITES) >= 13 and len(INSIDE) - len(WRITES) > 10
    assert LEAVING in map(str, WRITES) and OPEN <= set(map(str, INSIDE))


@pytest.mark.django_db
def test_its_owner_reopens_it_and_all_goes_on():
    world = archived(World(public=False))
    owner, editor = world.client("owner"), world.client("editor")
    tasks = f"/api/v1/projects/{world.project.pk}/tasks/"
    assert editor.post(tasks, {"title": "late"}).status_code == 409
    assert not Activity.objects.exists()
    one = f"/api/v1/projects/{world.project.pk}/"
    opened = owner.patch(one, {"archived": False}, headers={"If-Match": '"1"'})
    assert opened.status_code == 200 and opened.json()["archived"] is False
    assert editor.post(tasks, {"title": "in time"}).status_code == 201


@pytest.mark.django_db
def test_a_create_that_was_answered_before_is_answered_again():
    world, key = World(public=False), {"Idempotency-Key": "once"}
    editor, tasks = world.client("editor"), f"/api/v1/projects/{world.project.pk}/tasks/"
    first = editor.post(tasks, {"title": "in time"}, headers=key)
    archived(world)
    again = editor.post(tasks, {"title": "in time"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201) and first.content == again.content
    other = editor.post(tasks, {"title": "late"}, headers={"Idempotency-Key": "twice"})
    assert other.status_code == 409 and other.json()["type"] == TYPE


def archive(world):
    """As its owner does."""
    return change_project(world.owner.pk, world.project.pk, version=1, changes={"archived": True})


@pytest.mark.django_db(transaction=True)
def test_a_write_that_comes_while_it_is_archived_waits_and_is_refused():
    for endpoint in WRITES:
        world = World(public=False)
        call = prepared(endpoint, world, "editor" if endpoint.access["editor"] == OK else "owner")
        with beside(call) as results:
            archive(world)
        assert [answer.status_code for answer in results] == [409], endpoint
        assert results[0].json()["type"] == TYPE


@pytest.mark.django_db(transaction=True)
def test_what_is_being_written_is_there_when_the_answer_says_that_it_is_archived():
    for endpoint in WRITES:
        world = World(public=False)
        call = prepared(endpoint, world, "editor" if endpoint.access["editor"] == OK else "owner")
        with beside(lambda world=world: archive(world)) as results:
            assert call().status_code == endpoint.ok, endpoint
        assert [project.archived for project in results] == [True], endpoint
