"""Who reaches a project: each role, the public reader, and nobody; in one query."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404

from domains.projects.access import held_project_for, project_for
from domains.projects.activity import activity
from domains.projects.models import Activity, Role
from factories import ProjectFactory, UserFactory, member

pytestmark = pytest.mark.django_db
# Role in the project (None: no member), public?, and what each demand ends with.
DEMANDS = (Role.VIEWER, Role.EDITOR, Role.OWNER)
MATRIX = [
    (Role.OWNER, False, ("ok", "ok", "ok")),
    (Role.EDITOR, False, ("ok", "ok", "denied")),
    (Role.VIEWER, False, ("ok", "denied", "denied")),
    (None, False, ("absent", "absent", "absent")),
    (None, True, ("ok", "denied", "denied")),
    (Role.VIEWER, True, ("ok", "denied", "denied")),
]


def outcome(reach, user, project, demand):
    try:
        found = reach(user.pk, project.pk, at_least=demand)
    except PermissionDenied:
        return "denied"
    except Http404:
        return "absent"
    assert (found.id, found.version) == (project.pk, 1)
    return "ok"


@pytest.mark.parametrize(("role", "public", "expected"), MATRIX)
@pytest.mark.parametrize("reach", [project_for, held_project_for])
def test_a_role_reaches_what_it_may(reach, role, public, expected, django_assert_num_queries):
    project, user = ProjectFactory(is_public=public), UserFactory()
    if role:
        member(project, user, role)
    with django_assert_num_queries(3):
        assert tuple(outcome(reach, user, project, demand) for demand in DEMANDS) == expected


def test_a_project_that_is_not_there_is_absent():
    with pytest.raises(Http404):
        project_for(UserFactory().pk, 123456, at_least=Role.VIEWER)


def test_what_happened_is_told_in_the_same_statement(django_assert_num_queries):
    project = ProjectFactory()
    sql = "WITH made AS (UPDATE projects_project SET archived = true WHERE id = %(id)s"
    told = activity("archived", of="made", subject="project", project="id")
    with django_assert_num_queries(1), connection.cursor() as cursor:
        cursor.execute(
            f"{sql} RETURNING id), told AS ({told}) SELECT 1",
            {"id": project.pk, "actor": project.owner_id},
        )
    found = Activity.objects.get()
    assert (found.project_id, found.actor_id, found.subject_id) == (
        project.pk,
        project.owner_id,
        project.pk,
    )
    assert (found.verb, found.subject, found.data) == ("archived", "project", {})
