"""A project's shared answers: no query when known, never for who may not read."""

import pytest
from django.http import Http404

from core.cache import store
from core.cache.cached import Cached
from core.redis import durable
from domains.projects.events import ACCESS, TASKS
from domains.projects.models import Membership, Role
from domains.projects.shared_answers import shared_answer
from factories import ProjectFactory, UserFactory, member

pytestmark = pytest.mark.django_db(transaction=True)
LIST = Cached(name="canary", seconds=30, ends_with=(TASKS,))


def ask(user, project, value=b"list"):
    return shared_answer(user.pk, project.pk, declared=LIST, key="a", compute=lambda: value)


def test_a_known_answer_costs_no_query(django_assert_num_queries):
    project = ProjectFactory()
    with django_assert_num_queries(1):
        assert ask(project.owner, project) == b"list"
    with django_assert_num_queries(0):
        assert ask(project.owner, project, b"other") == b"list"
    TASKS.happened(of=project.pk)
    with django_assert_num_queries(0):
        assert ask(project.owner, project, b"newer") == b"newer"


def test_what_others_have_filled_is_not_for_a_stranger():
    project, stranger = ProjectFactory(), UserFactory()
    assert ask(project.owner, project) == b"list"
    for _ in "ab":
        with pytest.raises(Http404):
            ask(stranger, project)
    other = ProjectFactory(owner=stranger)
    assert ask(stranger, other, b"theirs") == b"theirs"
    with pytest.raises(Http404):
        ask(stranger, project)


def test_who_was_removed_reads_no_more():
    project, reader = ProjectFactory(), UserFactory()
    member(project, reader, Role.VIEWER)
    assert ask(reader, project) == b"list"
    Membership.objects.filter(user=reader).delete()
    ACCESS.happened(of=project.pk)
    with pytest.raises(Http404):
        ask(reader, project)
    assert ask(project.owner, project) == b"list"


def test_a_public_project_is_read_until_it_is_not():
    project, reader = ProjectFactory(is_public=True), UserFactory()
    assert ask(reader, project) == b"list"
    type(project).objects.update(is_public=False)
    ACCESS.happened(of=project.pk)
    with pytest.raises(Http404):
        ask(reader, project)


def test_without_the_cache_access_is_asked_each_time(cache_away, django_assert_num_queries):
    project = ProjectFactory()
    for _ in "ab":
        with django_assert_num_queries(1):
            assert ask(project.owner, project) == b"list"
    with pytest.raises(Http404):
        ask(UserFactory(), project)


@pytest.mark.parametrize("path", ["tasks/", "report/"])
def test_a_known_answer_is_one_question_to_the_sessions_and_none_to_the_cache(
    as_user, path, monkeypatch, django_assert_num_queries
):
    project, asked = ProjectFactory(), []
    address, client = f"/api/v1/projects/{project.pk}/{path}", as_user(project.owner)
    assert client.get(address).status_code == 200
    for module in (durable, store):
        real = module.read
        monkeypatch.setattr(
            module,
            "read",
            lambda names, real=real, **more: asked.append(list(names)) or real(names, **more),
        )
    with django_assert_num_queries(0):
        assert client.get(address).status_code == 200
    (names,) = asked
    events = [ACCESS.key(of=project.pk), TASKS.key(of=project.pk)]
    assert names[0].startswith("session:") and names[2:] == events
    asked.clear()
    client.get(f"{address}?page_size=5")
    assert [name for name in asked[0] if name in events] == [], "for what is not shared: no marks"


def test_who_was_removed_is_refused_at_the_next_request_by_a_process_that_knows_them(as_user):
    project, reader = ProjectFactory(), UserFactory()
    member(project, reader, Role.VIEWER)
    address, client = f"/api/v1/projects/{project.pk}/tasks/", as_user(reader)
    assert [client.get(address).status_code for _ in "ab"] == [200, 200]
    gone = as_user(project.owner).delete(f"/api/v1/projects/{project.pk}/members/{reader.pk}/")
    assert gone.status_code == 204, gone.content
    assert client.get(address).status_code == 404


def test_a_new_task_is_in_the_next_list_of_a_process_that_knows_the_old_one(as_user):
    project = ProjectFactory()
    address, client = f"/api/v1/projects/{project.pk}/tasks/", as_user(project.owner)
    assert client.get(address).json()["results"] == []
    assert client.post(address, {"title": "new"}).status_code == 201
    assert [task["title"] for task in client.get(address).json()["results"]] == ["new"]
