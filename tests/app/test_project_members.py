"""Members and labels: who may, what is refused, and that an owner always remains."""

import pytest

from accounts.models import User
from domains.projects import members
from domains.projects.member_codes import new_code
from domains.projects.models import Activity, Membership, Role
from factories import ProjectFactory, UserFactory, member
from parallel import at_once

pytestmark = pytest.mark.django_db
URL = "/api/v1/projects/"


def place(project, user):
    return f"{URL}{project.pk}/members/{user.pk}/"


def joining(user, role):
    """What adds somebody who has given the owner a code."""
    return {"role": role, "code": new_code(user.pk)}


def roles(project):
    return dict(Membership.objects.filter(project=project).values_list("user_id", "role"))


def test_members_are_listed_without_their_addresses(owner, project, django_assert_num_queries):
    editor = UserFactory(name="Eve")
    member(project, editor, Role.EDITOR)
    with django_assert_num_queries(2):
        answer = owner.get(f"{URL}{project.pk}/members/")
    found = answer.json()
    assert [(each["user"], each["role"]) for each in found] == [
        (project.owner_id, "owner"),
        (editor.pk, "editor"),
    ]
    assert found[1]["name"] == "Eve" and "@" not in answer.content.decode()


def test_a_role_is_given_changed_and_taken(owner, project, django_assert_num_queries):
    user = UserFactory()
    for role in ("viewer", "editor", "owner"):
        with django_assert_num_queries(4 + 2):  # with a savepoint's two, in a test
            answer = owner.put(place(project, user), joining(user, role))
        assert answer.status_code == 200 and answer.json()["role"] == role
        assert roles(project)[user.pk] == role
    with django_assert_num_queries(4 + 2):
        assert owner.delete(place(project, user)).status_code == 204
    assert roles(project) == {project.owner_id: "owner"}
    assert owner.delete(place(project, user)).status_code == 404
    told = Activity.objects.order_by("id").values_list("verb", "subject", "subject_id", "data")
    assert list(told)[2:] == [
        ("put", "member", user.pk, {"role": "owner"}),
        ("removed", "member", user.pk, {"role": "owner"}),
    ]


def test_the_last_owner_stays(owner, project):
    member(project, UserFactory(), Role.EDITOR)
    for answer in (
        owner.put(place(project, project.owner), {"role": "editor"}),
        owner.delete(place(project, project.owner)),
    ):
        assert answer.status_code == 409 and "at least one owner" in answer.json()["detail"]
    assert roles(project)[project.owner_id] == "owner" and not Activity.objects.exists()
    assert owner.put(place(project, project.owner), {"role": "owner"}).status_code == 200


@pytest.mark.parametrize("given", [{}, {"role": "king"}, {"role": "viewer", "user": 1}, []])
def test_a_wrong_role_is_refused(owner, project, given):
    assert owner.put(place(project, UserFactory()), given).status_code == 400
    assert len(roles(project)) == 1


def test_accounts_that_are_not_there_cannot_be_members(owner, project):
    gone = UserFactory(is_active=False)
    assert owner.put(place(project, gone), joining(gone, "viewer")).status_code == 404
    address = f"{URL}{project.pk}/members/{10**30}/"
    assert owner.put(address, {"role": "viewer"}).status_code == 404
    assert owner.delete(address).status_code == 404
    assert len(roles(project)) == 1


def test_members_have_an_end(owner, project, monkeypatch):
    monkeypatch.setattr(members, "MAX_MEMBERS", 2)
    first, second = UserFactory(), UserFactory()
    assert owner.put(place(project, first), joining(first, "viewer")).status_code == 200
    answer = owner.put(place(project, second), joining(second, "viewer"))
    assert answer.status_code == 400 and "at most" in answer.json()["errors"]["user"][0]
    assert owner.put(place(project, first), {"role": "editor"}).status_code == 200


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_others_change_nobody_but_may_leave(as_user, project, role):
    user, other = UserFactory(), UserFactory()
    member(project, user, role)
    client = as_user(user)
    assert client.put(place(project, user), {"role": "owner"}).status_code == 403
    assert client.put(place(project, other), {"role": "viewer"}).status_code == 403
    assert client.delete(place(project, project.owner)).status_code == 403
    assert client.delete(place(project, user)).status_code == 204
    assert roles(project) == {project.owner_id: "owner"}
    assert client.get(f"{URL}{project.pk}/members/").status_code == 404


def test_who_is_added_sees_it_and_by_whom_and_leaves_alone(as_user, owner, project):
    user = UserFactory()
    client = as_user(user)
    assert client.get(URL).json()["results"] == []
    owner.put(place(project, user), joining(user, "viewer"))
    (listed,) = client.get(URL).json()["results"]
    assert (listed["id"], listed["role"]) == (project.pk, "viewer")
    (told,) = client.get(f"{URL}{project.pk}/activity/").json()["results"]
    assert (told["verb"], told["subject"], told["subject_id"]) == ("put", "member", user.pk)
    assert (told["actor"], told["data"]) == (project.owner_id, {"role": "viewer"})
    assert client.delete(place(project, user)).status_code == 204
    assert client.get(URL).json()["results"] == []
    assert client.get(f"{URL}{project.pk}/activity/").status_code == 404


def test_a_stranger_finds_nothing(as_user, project):
    stranger = UserFactory()
    client = as_user(stranger)
    assert client.get(f"{URL}{project.pk}/members/").status_code == 404
    assert client.put(place(project, stranger), {"role": "owner"}).status_code == 404
    assert client.delete(place(project, stranger)).status_code == 404
    type(project).objects.update(is_public=True)
    assert client.get(f"{URL}{project.pk}/members/").status_code == 200
    assert client.put(place(project, stranger), {"role": "owner"}).status_code == 403
    assert client.delete(place(project, stranger)).status_code == 404
    assert roles(project) == {project.owner_id: "owner"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["leave", "demote", "each other"])
def test_two_owners_who_go_at_once_leave_one(way):
    for _ in range(5):
        project, second = ProjectFactory(), UserFactory()
        member(project, second, Role.OWNER)
        pair = (project.owner_id, second.pk)

        def going(actor, other, project=project):
            if way == "demote":
                return members.put_member(actor, project.pk, user_id=actor, role="viewer")
            user = actor if way == "leave" else other
            return members.remove_member(actor, project.pk, user_id=user)

        results = at_once(lambda: going(*pair), lambda: going(*reversed(pair)))
        left = [user for user, role in roles(project).items() if role == "owner"]
        assert len(left) == 1, results
        assert sum(result in ("LastOwner", "Http404") for result in results) == 1, results
    assert User.objects.count() == 10
