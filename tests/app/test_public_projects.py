"""The list of public projects: the same for everybody, and the edge shares it."""

import pytest

from factories import ProjectFactory

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/projects/"
PUBLIC = f"{URL}public/"


def names(answer):
    assert answer.status_code == 200
    return [each["name"] for each in answer.json()["results"]]


def test_anybody_gets_the_same_and_the_edge_may_keep_it(api, as_user, django_assert_num_queries):
    shown = ProjectFactory(name="Shown", is_public=True, description="d" * 300)
    owner = as_user(shown.owner)
    ProjectFactory(name="Hidden")
    ProjectFactory(name="Old", is_public=True, archived=True)
    with django_assert_num_queries(1):
        first = api.get(PUBLIC)
    assert names(first) == ["Shown"]
    assert first.json()["results"][0]["summary"] == "d" * 200
    assert first["Cache-Control"] == "public, max-age=1"
    assert "Vary" not in first and "Set-Cookie" not in first
    with django_assert_num_queries(1):
        again = owner.get(PUBLIC)
    assert again.content == first.content and again["Cache-Control"] == first["Cache-Control"]


def test_each_change_of_what_it_shows_ends_it(api, as_user):
    project = ProjectFactory(name="One")
    owner, one = as_user(project.owner), f"{URL}{project.pk}/"
    assert names(api.get(PUBLIC)) == []

    def change(**changes):
        version = owner.get(one)["ETag"]
        assert owner.patch(one, changes, headers={"If-Match": version}).status_code == 200
        return names(api.get(PUBLIC))

    assert change(is_public=True) == ["One"]
    assert change(name="Two") == ["Two"]
    assert change(archived=True) == []
    assert change(archived=False) == ["Two"]
    assert change(is_public=False) == []
    assert change(is_public=True) == ["Two"]
    assert owner.delete(one).status_code == 204 and names(api.get(PUBLIC)) == []
    owner.post(URL, {"name": "Three", "is_public": True})
    assert names(api.get(PUBLIC)) == ["Three"]


def test_pages_hold_each_once(api, django_assert_num_queries):
    made = {ProjectFactory(is_public=True).name for _ in range(30)}
    found, address, pages = [], PUBLIC, 0
    while address:
        with django_assert_num_queries(1):
            answer = api.get(address)
        found, address, pages = found + names(answer), answer.json()["next"], pages + 1
    assert len(found) == 30 and set(found) == made and pages == 2
    assert api.get(PUBLIC, {"cursor": "nonsense"}).status_code == 404


def test_links_lead_to_the_host_that_was_asked(api, settings):
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    for _ in range(26):
        ProjectFactory(is_public=True)
    for host in settings.ALLOWED_HOSTS:
        assert f"//{host}/" in api.get(PUBLIC, headers={"Host": host}).json()["next"]


def test_without_the_cache_the_database_answers(api, cache_unavailable):
    ProjectFactory(name="One", is_public=True)
    assert names(api.get(PUBLIC)) == names(api.get(PUBLIC)) == ["One"]
