"""No name is read by an account's number: only who agreed, or is a member already, is shown."""

import json

import pytest
from django.urls import reverse

from domains.projects import member_codes
from domains.projects.member_codes import new_code
from domains.projects.models import Membership
from endpoints import ENDPOINTS
from endpoints.world import World
from factories import ProjectFactory, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/projects/"


@pytest.fixture
def project():
    return ProjectFactory()


@pytest.fixture
def owner(as_user, project):
    return as_user(project.owner)


def place(project, user):
    return f"{URL}{project.pk}/members/{user.pk}/"


def roles(project):
    return dict(Membership.objects.filter(project=project).values_list("user_id", "role"))


def test_no_account_is_read_by_its_number(owner, project):
    """Whether the number is an account's, a closed one's or nobody's: one answer, and no name."""
    others = [UserFactory(name="Secret").pk, UserFactory(name="Secret", is_active=False).pk, 10**9]
    wrong = [
        *({}, {"code": "nonsense"}, {"code": new_code(project.owner_id)}),
        {"code": new_code(others[0])[:-1] + "~"},
    ]
    told = set()
    for number in others:
        for given in wrong:
            address = f"{URL}{project.pk}/members/{number}/"
            answer = owner.put(address, {"role": "viewer", **given})
            body = {name: value for name, value in answer.json().items() if name != "request_id"}
            told.add((answer.status_code, str(body)))
    assert (
        len(told) == 1 and "Secret" not in str(told) and roles(project).keys() == {project.owner_id}
    )


def test_who_gives_a_code_can_be_added_for_a_week(as_user, owner, project, monkeypatch):
    user = UserFactory()
    answer = as_user(user).get("/api/v1/members/code/")
    given = answer.json()
    assert answer["Cache-Control"] == "no-store"
    assert given["user"] == user.pk and given["expires_in"] == 7 * 86_400
    with monkeypatch.context() as later:
        later.setattr(member_codes, "LIFETIME", member_codes.LIFETIME * 0)
        old = owner.put(place(project, user), {"role": "viewer", "code": given["code"]})
        assert old.status_code == 404
    added = owner.put(place(project, user), {"role": "viewer", "code": given["code"]})
    assert added.status_code == 200 and added.json()["name"] == user.name
    assert owner.put(place(project, user), {"role": "editor"}).status_code == 200, "a member is one"


def test_no_stranger_reads_a_name_by_any_number(as_user):
    """Of every address that takes a number: a stranger's own project, and all others' numbers."""
    mine, theirs = ProjectFactory(), World(public=False)
    for person in (theirs.owner, theirs.editor, theirs.viewer):
        type(person).objects.filter(pk=person.pk).update(name="Secret")
    assert theirs.comment and theirs.attachment
    client, asked = as_user(mine.owner), 0
    for endpoint in ENDPOINTS:
        args = dict(endpoint.call.args(theirs))
        if not args or endpoint.name.startswith("accounts:"):
            continue
        body = {} if endpoint.call.body is None else endpoint.call.body(theirs)
        for given in (args, {**args, **({"project_id": mine.pk} if "project_id" in args else {})}):
            answer = client.generic(
                endpoint.method,
                reverse(endpoint.name, kwargs=given),
                json.dumps(body),
                content_type="application/json",
                headers=dict(endpoint.call.headers(theirs)),
            )
            asked += 1
            assert "Secret" not in answer.content.decode(), endpoint
    assert asked > 40
    assert mine.owner.name in client.get(f"{URL}{mine.pk}/members/").content.decode()
