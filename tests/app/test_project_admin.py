"""Projects in the admin: a change there counts, and ends cached answers, as one by the API does."""

import pytest
from django.urls import reverse

from domains.projects.models import Role
from factories import ProjectFactory, TaskFactory, UserFactory, member

pytestmark = pytest.mark.django_db(transaction=True)
PUBLIC = "/api/v1/projects/public/"


@pytest.fixture
def admin(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def form_of(project, *, members=(), **values):
    rows = {}
    for number, one in enumerate(members):
        row = {"id": one.pk, "project": project.pk, "user": one.user_id, "role": one.role}
        rows |= {f"memberships-{number}-{name}": value for name, value in row.items()}
    return {
        **{"owner": project.owner_id, "name": project.name, "slug": project.slug},
        **{"memberships-TOTAL_FORMS": len(members), "memberships-INITIAL_FORMS": len(members)},
        **rows,
        **values,
    }


def test_a_change_in_the_admin_counts_and_ends_what_was_shared(admin, api, as_user):
    project = ProjectFactory(name="One")
    assert api.get(PUBLIC).json()["results"] == []
    address = reverse("admin:projects_project_change", args=[project.pk])
    answer = admin.post(address, form_of(project, name="Two", is_public="on"))
    assert answer.status_code == 302, answer.context and answer.context["errors"]
    assert [each["name"] for each in api.get(PUBLIC).json()["results"]] == ["Two"]
    project.refresh_from_db()
    assert project.version == 2
    stale = as_user(project.owner).patch(
        f"/api/v1/projects/{project.pk}/", {"name": "x"}, headers={"If-Match": '"1"'}
    )
    assert stale.status_code == 412
    assert admin.get(address).status_code == 200


def test_who_is_removed_in_the_admin_reads_no_more(admin, as_user):
    project, reader = ProjectFactory(), UserFactory()
    joined = member(project, reader, Role.VIEWER)
    client, report = as_user(reader), f"/api/v1/projects/{project.pk}/report/"
    assert client.get(report).status_code == 200
    given = form_of(project, members=[joined], **{"memberships-0-DELETE": "on"})
    address = reverse("admin:projects_project_change", args=[project.pk])
    assert admin.post(address, given).status_code == 302
    assert client.get(report).status_code == 404


def test_a_project_is_deleted_in_the_admin(admin, api):
    project = ProjectFactory(is_public=True)
    assert len(api.get(PUBLIC).json()["results"]) == 1
    address = reverse("admin:projects_project_delete", args=[project.pk])
    assert admin.post(address, {"post": "yes"}).status_code == 302
    assert api.get(PUBLIC).json()["results"] == []


def test_a_task_that_is_deleted_in_the_admin_is_in_no_list(admin, as_user):
    task = TaskFactory()
    client, tasks = as_user(task.author), f"/api/v1/projects/{task.project_id}/tasks/"
    assert len(client.get(tasks).json()["results"]) == 1
    address = reverse("admin:tasks_task_delete", args=[task.pk])
    assert admin.post(address, {"post": "yes"}).status_code == 302
    assert client.get(tasks).json()["results"] == []
