"""Projects: made, listed and read."""

import pytest

from domains.projects.models import Activity, Membership, Project, Role
from factories import ProjectFactory, UserFactory, member
from idempotency.models import Answer

pytestmark = pytest.mark.django_db
URL = "/api/v1/projects/"
FIRST = {"If-Match": '"1"'}


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def client(as_user, user):
    return as_user(user)


def happened():
    return list(Activity.objects.order_by("id").values_list("verb", "subject", "subject_id"))


def test_a_project_is_created_with_its_owner(client, user, django_assert_num_queries):
    with django_assert_num_queries(2 + 2):  # with a savepoint's two, in a test
        answer = client.post(URL, {"name": "Big Garden", "description": "Beds", "is_public": True})
    assert answer.status_code == 201
    project = Project.objects.get()
    assert answer.json() == client.get(f"{URL}{project.pk}/").json()
    assert answer["Location"].endswith(f"{URL}{project.pk}/") and answer["ETag"] == '"1.owner"'
    told = {key: answer.json()[key] for key in ("name", "slug", "owner", "role", "is_public")}
    assert told == {
        **{"name": "Big Garden", "slug": "big-garden", "owner": user.pk, "role": "owner"},
        "is_public": True,
    }
    assert Membership.objects.get().role == Role.OWNER
    assert happened() == [("created", "project", project.pk)]


def test_a_name_without_letters_has_an_address_too(client):
    assert client.post(URL, {"name": "¿?"}).json()["slug"] == "project"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "x\0"}, "name"),
        ({"name": "x", "slug": "a b"}, "slug"),
        ({"name": "x", "slug": "a" * 61}, "slug"),
        ({"name": "x", "description": "y" * 5001}, "description"),
        ({"name": "x", "is_public": "perhaps"}, "is_public"),
        ({"name": "x", "owner": 1}, "owner"),
        ({"name": "x", "nmae": "y"}, "nmae"),
    ],
)
def test_wrong_input_is_named(client, given, field):
    answer = client.post(URL, given)
    assert answer.status_code == 400 and list(answer.json()["errors"]) == [field]
    assert not Project.objects.exists()


def test_an_address_is_used_once_by_an_owner(client, user):
    ProjectFactory(owner=user, slug="one")
    ProjectFactory(slug="two")
    answer = client.post(URL, {"name": "One"})
    assert answer.status_code == 400 and "Choose another" in answer.json()["errors"]["slug"][0]
    assert client.post(URL, {"name": "Two"}).status_code == 201


def test_a_create_that_is_sent_twice_takes_effect_once(client, django_assert_num_queries):
    with django_assert_num_queries(4 + 4):  # with two savepoints, in a test
        first = client.post(URL, {"name": "Garden"}, headers={"Idempotency-Key": "k"})
    again = client.post(URL, {"name": "Garden"}, headers={"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content and first["Location"] == again["Location"]
    assert first["ETag"] == again["ETag"] and again["Idempotent-Replayed"] == "true"
    assert Project.objects.count() == Answer.objects.count() == 1


def test_only_my_projects_are_listed_the_last_changed_first(client, user):
    ProjectFactory(is_public=True)
    mine = ProjectFactory(owner=user)
    shared = ProjectFactory()
    member(shared, user, Role.VIEWER)
    found = client.get(URL).json()["results"]
    assert [(each["id"], each["role"]) for each in found] == [
        (shared.pk, "viewer"),
        (mine.pk, "owner"),
    ]
    found = client.get(URL, {"ordering": "updated_at"}).json()["results"]
    assert [each["id"] for each in found] == [mine.pk, shared.pk]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"archived": "true"}, {"Old"}),
        ({"archived": "false"}, {"New", "Theirs"}),
        ({"role": "editor"}, {"Theirs"}),
        ({"q": "ne"}, {"New"}),
        ({"q": "THE-ADD"}, {"Theirs"}),
        ({"q": "%"}, set()),
        ({"role": "owner", "archived": "false", "q": "w"}, {"New"}),
        ({}, {"Old", "New", "Theirs"}),
    ],
)
def test_the_list_is_filtered(client, user, query, names):
    ProjectFactory(owner=user, name="Old", slug="o", archived=True)
    ProjectFactory(owner=user, name="New", slug="n")
    member(ProjectFactory(name="Theirs", slug="the-address"), user, Role.EDITOR)
    assert {each["name"] for each in client.get(URL, query).json()["results"]} == names


def test_pages_hold_each_project_once_at_one_query_each(client, user, django_assert_num_queries):
    made = {ProjectFactory(owner=user).pk for _ in range(7)}
    found, address = [], f"{URL}?page_size=3"
    while address:
        with django_assert_num_queries(1):
            page = client.get(address).json()
        found += [each["id"] for each in page["results"]]
        address = page["next"]
    assert len(found) == 7 and set(found) == made


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"archived": "perhaps"}, 400),
        ({"role": "king"}, 400),
        ({"q": "x\0"}, 400),
        ({"q": "x" * 101}, 400),
        ({"ordering": "name"}, 400),
        ({"page_size": "0"}, 400),
        ({"page_size": "101"}, 400),
        ({"colour": "red"}, 400),
        ({"cursor": "nonsense"}, 404),
        ({"cursor": "cD1ub25zZW5zZQ=="}, 404),
    ],
)
def test_a_wrong_question_is_refused(client, user, query, status):
    ProjectFactory(owner=user)
    answer = client.get(URL, query)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def test_a_detail_is_one_query_and_is_not_sent_twice(client, user, django_assert_num_queries):
    project = ProjectFactory(owner=user)
    with django_assert_num_queries(1):
        first = client.get(f"{URL}{project.pk}/")
    assert first.status_code == 200 and first["Cache-Control"] == "private, no-cache"
    again = client.get(f"{URL}{project.pk}/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304 and again.content == b"" and again["ETag"] == first["ETag"]
    Membership.objects.update(role=Role.VIEWER)
    other = client.get(f"{URL}{project.pk}/", headers={"If-None-Match": first["ETag"]})
    assert other.status_code == 200 and other.json()["role"] == "viewer"


def test_a_strangers_project_is_not_there_and_a_public_one_is_read(client):
    hidden, shown = ProjectFactory(), ProjectFactory(is_public=True)
    assert client.get(f"{URL}{shown.pk}/").json()["role"] is None
    for method in (client.get, client.patch, client.delete):
        assert method(f"{URL}{hidden.pk}/", headers=FIRST).status_code == 404
        assert method(f"{URL}{10**30}/", headers=FIRST).status_code == 404
    assert client.patch(f"{URL}{shown.pk}/", headers=FIRST).status_code == 403
    assert client.delete(f"{URL}{shown.pk}/").status_code == 403
    assert Project.objects.count() == 2


def test_nobody_gets_anything(api):
    project = ProjectFactory(is_public=True)
    for method in (api.get, api.patch, api.delete):
        assert method(f"{URL}{project.pk}/").status_code == 401
    assert api.get(URL).status_code == api.post(URL, {"name": "x"}).status_code == 401
    assert Project.objects.count() == 1
