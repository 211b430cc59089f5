"""Projects that change or go: by whom, of which version, and what is told of it."""

import pytest

from domains.projects.models import Activity, Membership, Project, Role
from factories import ProjectFactory, UserFactory, member
from parallel import at_once

pytestmark = pytest.mark.django_db
URL = "/api/v1/projects/"


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def client(as_user, user):
    return as_user(user)


def test_a_change_takes_what_is_given_and_counts(client, user, django_assert_num_queries):
    project = ProjectFactory(owner=user, description="old")
    Project.objects.update(updated_at="2020-01-01T00:00:00Z")
    with django_assert_num_queries(3 + 2):  # with a savepoint's two, in a test
        answer = client.patch(
            f"{URL}{project.pk}/",
            {"name": "New", "archived": True},
            headers={"If-Match": '"1.owner"'},
        )
    assert answer.status_code == 200 and answer["ETag"] == '"2.owner"'
    assert answer.json() == client.get(f"{URL}{project.pk}/").json()
    changed = Project.objects.get()
    assert (changed.name, changed.archived, changed.description) == ("New", True, "old")
    assert changed.version == 2 and changed.updated_at.year > 2020
    told = Activity.objects.get()
    assert (told.verb, told.actor_id, told.data) == (
        "changed",
        user.pk,
        {"fields": ["name", "archived"]},
    )


def test_a_change_says_what_it_was_made_from(client, user):
    project = ProjectFactory(owner=user, name="Mine")
    address = f"{URL}{project.pk}/"
    assert client.patch(address, {"name": "x"}).status_code == 428
    for stale in ('"2"', '"0"', 'W/"2"', "1"):
        answer = client.patch(address, {"name": "x"}, headers={"If-Match": stale})
        assert answer.status_code == 412, stale
    assert Project.objects.get().name == "Mine" and not Activity.objects.exists()
    assert client.patch(address, {}, headers={"If-Match": '"1"'}).json()["version"] == 2
    # As the tag comes back from a client that was answered with gzip.
    assert client.patch(address, {}, headers={"If-Match": 'W/"2"'}).json()["version"] == 3
    assert client.delete(address, headers={"If-Match": 'W/"2"'}).status_code == 412
    assert client.delete(address, headers={"If-Match": 'W/"3"'}).status_code == 204


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_of_one_version_one_is_stale(as_user, user):
    for _ in range(5):
        project = ProjectFactory(owner=user, name="old")
        clients = {name: as_user(user) for name in ("one", "two")}

        def change(name, address=f"{URL}{project.pk}/", clients=clients):
            return clients[name].patch(address, {"name": name}, headers={"If-Match": '"1"'})

        answers = at_once(lambda: change("one"), lambda: change("two"))
        assert sorted(answer.status_code for answer in answers) == [200, 412]
        (done,) = [answer.json() for answer in answers if answer.status_code == 200]
        project.refresh_from_db()
        assert (project.name, project.version) == (done["name"], 2)


@pytest.mark.django_db(transaction=True)
def test_one_address_that_is_taken_at_once_is_one_projects(as_user, user):
    clients = [as_user(user) for _ in range(4)]
    answers = at_once(*[lambda each=each: each.post(URL, {"name": "Same"}) for each in clients])
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]
    assert Project.objects.count() == Membership.objects.count() == 1


@pytest.mark.parametrize("given", [{"name": ""}, {"version": 7}, {"slug": None}, ["name"]])
def test_a_wrong_change_is_refused(client, user, given):
    project = ProjectFactory(owner=user)
    answer = client.patch(f"{URL}{project.pk}/", given, headers={"If-Match": '"1"'})
    assert answer.status_code == 400 and Project.objects.get().version == 1


@pytest.mark.django_db(transaction=True)
def test_an_address_of_another_project_cannot_be_taken(client, user):
    ProjectFactory(owner=user, slug="one")
    two = ProjectFactory(owner=user, slug="two")
    match = {"If-Match": '"1"'}
    answer = client.patch(f"{URL}{two.pk}/", {"slug": "one"}, headers=match)
    assert answer.status_code == 400 and list(answer.json()["errors"]) == ["slug"]
    assert client.patch(f"{URL}{two.pk}/", {"slug": "three"}, headers=match).status_code == 200


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_only_owners_change_and_delete(client, user, role):
    project = ProjectFactory()
    member(project, user, role)
    answer = client.patch(f"{URL}{project.pk}/", {"name": "x"}, headers={"If-Match": '"1"'})
    assert answer.status_code == client.delete(f"{URL}{project.pk}/").status_code == 403
    assert Project.objects.get().version == 1


def test_a_project_is_deleted_once_and_of_the_version_that_was_meant(
    client, user, django_assert_num_queries
):
    address = f"{URL}{ProjectFactory(owner=user).pk}/"
    assert client.delete(address, headers={"If-Match": '"2"'}).status_code == 412
    assert Project.objects.exists()
    with django_assert_num_queries(2 + 2):
        assert client.delete(address, headers={"If-Match": '"1"'}).status_code == 204
    assert not Project.objects.exists() and not Membership.objects.exists()
    assert client.delete(address).status_code == 404
    assert client.delete(f"{URL}{ProjectFactory(owner=user).pk}/").status_code == 204
