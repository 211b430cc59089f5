"""A project's shared answers: access is checked each time, and each change ends them."""

import pytest
from django.contrib.admin.sites import site
from django.db import transaction
from django.http import Http404
from django.test import RequestFactory

from core.cache.cached import Cached
from domains.projects.models import ContentVersion, Membership, Role
from domains.projects.shared_answers import shared_answer
from domains.tasks.models import Label, Task
from factories import ProjectFactory, TaskFactory, UserFactory, member

pytestmark = pytest.mark.django_db(transaction=True)
LIST = Cached(name="canary", seconds=30)


def ask(user, project, value=b"list"):
    return shared_answer(user.pk, project.pk, cached=LIST, key="a", compute=lambda: value)


def version(project):
    return ContentVersion.objects.filter(project=project).values_list("version", flat=True).first()


def test_a_known_answer_costs_the_query_that_checks_access(django_assert_num_queries):
    project = ProjectFactory()
    for value in (b"list", b"other"):
        with django_assert_num_queries(1):
            assert ask(project.owner, project, value) == b"list"
    TaskFactory(project=project)
    with django_assert_num_queries(1):
        assert ask(project.owner, project, b"newer") == b"newer"


def test_every_statement_that_changes_tasks_or_labels_gives_a_new_version():
    project, other = ProjectFactory(), ProjectFactory()
    theirs, seen = version(other), [version(project)]

    def changed():
        seen.append(version(project))
        return len(set(seen)) == len(seen)

    task = TaskFactory(project=project)
    assert changed(), "a new task"
    Task.objects.filter(project=project).update(title="other")
    assert changed(), "an update without a signal"
    label = Label.objects.create(project=project, name="a")
    label.name = "b"
    label.save()
    assert changed(), "a label's new name"
    label.delete()
    assert changed(), "a label that is gone"
    admin = site.get_model_admin(Task)
    admin.delete_model(RequestFactory().get("/"), task)
    assert changed(), "a task that the admin deleted"
    assert version(other) == theirs, "of this project alone"


def test_a_change_that_was_rolled_back_ends_nothing():
    project = ProjectFactory()
    assert ask(project.owner, project) == b"list"
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        TaskFactory(project=project)
        raise ZeroDivisionError
    assert ask(project.owner, project, b"other") == b"list"


def test_an_answer_from_before_a_change_is_not_kept_however_late_it_is_stored():
    project = ProjectFactory()

    def old():
        TaskFactory(project=project)  # committed between this answer's read and its store
        return b"old"

    given = {"cached": LIST, "key": "a"}
    assert shared_answer(project.owner.pk, project.pk, compute=old, **given) == b"old"
    assert ask(project.owner, project, b"new") == b"new"


def test_a_project_that_is_deleted_leaves_no_version():
    project = TaskFactory().project
    assert version(project)
    type(project).objects.filter(pk=project.pk)._raw_delete("default")
    assert not ContentVersion.objects.filter(project_id=project.pk).exists()


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


def test_a_member_who_was_removed_reads_no_more():
    project, reader = ProjectFactory(), UserFactory()
    member(project, reader, Role.VIEWER)
    assert ask(reader, project) == b"list"
    Membership.objects.filter(user=reader).delete()
    with pytest.raises(Http404):
        ask(reader, project)
    assert ask(project.owner, project) == b"list"


def test_a_public_project_is_read_until_it_is_private():
    project, reader = ProjectFactory(is_public=True), UserFactory()
    assert ask(reader, project) == b"list"
    type(project).objects.update(is_public=False)
    with pytest.raises(Http404):
        ask(reader, project)


def test_without_the_cache_access_is_checked_too(cache_unavailable, django_assert_num_queries):
    project = ProjectFactory()
    for _ in "ab":
        with django_assert_num_queries(1):
            assert ask(project.owner, project) == b"list"
    with pytest.raises(Http404):
        ask(UserFactory(), project)


@pytest.mark.parametrize("path", ["tasks/", "report/"])
def test_a_known_answer_is_one_query(as_user, path, django_assert_num_queries):
    project = ProjectFactory()
    address, client = f"/api/v1/projects/{project.pk}/{path}", as_user(project.owner)
    first = client.get(address)
    assert first.status_code == 200
    with django_assert_num_queries(1):
        assert client.get(address).content == first.content


def test_a_member_who_was_removed_is_refused_at_the_next_request(as_user):
    project, reader = ProjectFactory(), UserFactory()
    member(project, reader, Role.VIEWER)
    address, client = f"/api/v1/projects/{project.pk}/tasks/", as_user(reader)
    assert [client.get(address).status_code for _ in "ab"] == [200, 200]
    gone = as_user(project.owner).delete(f"/api/v1/projects/{project.pk}/members/{reader.pk}/")
    assert gone.status_code == 204, gone.content
    assert client.get(address).status_code == 404


def test_a_new_task_is_in_the_next_list(as_user):
    project = ProjectFactory()
    address, client = f"/api/v1/projects/{project.pk}/tasks/", as_user(project.owner)
    assert client.get(address).json()["results"] == []
    assert client.post(address, {"title": "new"}).status_code == 201
    assert [task["title"] for task in client.get(address).json()["results"]] == ["new"]
