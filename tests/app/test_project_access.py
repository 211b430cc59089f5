"""Who reaches a project: each role, the public reader, and nobody; in one query."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from domains.projects.access import locked_project_for, project_for
from domains.projects.models import Role
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


def locked(user_id, project_id, *, at_least):
    return locked_project_for(user_id, project_id, at_least=at_least)[1]


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
@pytest.mark.parametrize("reach", [project_for, locked])
def test_a_role_reaches_what_it_may(reach, role, public, expected, django_assert_num_queries):
    project, user = ProjectFactory(is_public=public), UserFactory()
    if role:
        member(project, user, role)
    with django_assert_num_queries(3):
        assert tuple(outcome(reach, user, project, demand) for demand in DEMANDS) == expected


def test_a_project_that_is_not_there_is_absent():
    with pytest.raises(Http404):
        project_for(UserFactory().pk, 123456, at_least=Role.VIEWER)
