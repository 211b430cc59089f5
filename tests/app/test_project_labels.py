"""Labels: made, listed, changed and deleted; by whom, and how many."""

import pytest

from domains.projects.models import Activity, Role
from domains.tasks import labels
from domains.tasks.models import Label
from factories import ProjectFactory, UserFactory, member

pytestmark = pytest.mark.django_db
URL = "/api/v1/projects/"
LABELS = "/api/v1/labels/"


def test_a_label_is_made_listed_changed_and_deleted(owner, project, django_assert_num_queries):
    address = f"{URL}{project.pk}/labels/"
    with django_assert_num_queries(2 + 2):  # with a savepoint's two, in a test
        made = owner.post(address, {"name": "soil"})
    assert made.status_code == 201 and made.json()["color"] == "#808080"
    one = f"{LABELS}{made.json()['id']}/"
    assert made["Location"].endswith(one) and owner.get(one).json() == made.json()
    owner.post(address, {"name": "air", "color": "#00ff00"})
    with django_assert_num_queries(2):
        assert [each["name"] for each in owner.get(address).json()] == ["air", "soil"]
    with django_assert_num_queries(3 + 2):
        changed = owner.patch(one, {"color": "#123456"})
    assert changed.json() == {**made.json(), "color": "#123456"} == owner.get(one).json()
    with django_assert_num_queries(3 + 2):
        assert owner.delete(one).status_code == 204
    assert owner.get(one).status_code == owner.delete(one).status_code == 404
    told = Activity.objects.order_by("id").values_list("verb", "data__name")
    assert list(told) == [
        ("created", "soil"),
        ("created", "air"),
        ("changed", "soil"),
        ("deleted", "soil"),
    ]


def test_a_label_that_is_sent_twice_is_one(owner, project, django_assert_num_queries):
    key = {"Idempotency-Key": "k"}
    with django_assert_num_queries(4 + 4):  # with two savepoints, in a test
        first = owner.post(f"{URL}{project.pk}/labels/", {"name": "soil"}, headers=key)
    again = owner.post(f"{URL}{project.pk}/labels/", {"name": "soil"}, headers=key)
    assert first.content == again.content and Label.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 41}, "name"),
        ({"name": "x", "color": "red"}, "color"),
        ({"name": "x", "color": "#00FF00"}, "color"),
        ({"name": "x", "color": "#00ff00\n"}, "color"),
        ({"name": "x", "project": 1}, "project"),
        ({"name": "there"}, "name"),
    ],
)
def test_a_wrong_label_is_named(owner, project, given, field):
    Label.objects.create(project=project, name="there")
    answer = owner.post(f"{URL}{project.pk}/labels/", given)
    # A line's end around a text is taken away before the check.
    if given.get("color", "").endswith("\n"):
        assert answer.status_code == 201 and answer.json()["color"] == "#00ff00"
    else:
        assert answer.status_code == 400 and list(answer.json()["errors"]) == [field]
        assert Label.objects.count() == 1


def test_labels_have_an_end(owner, project, monkeypatch):
    monkeypatch.setattr(labels, "MAX_LABELS", 1)
    address = f"{URL}{project.pk}/labels/"
    assert owner.post(address, {"name": "a"}).status_code == 201
    assert "at most" in owner.post(address, {"name": "b"}).json()["errors"]["name"][0]


@pytest.mark.django_db(transaction=True)
def test_a_label_cannot_take_anothers_name(owner, project):
    Label.objects.create(project=project, name="there")
    one = Label.objects.create(project=project, name="one")
    answer = owner.patch(f"{LABELS}{one.pk}/", {"name": "there"})
    assert answer.status_code == 400 and list(answer.json()["errors"]) == ["name"]
    assert owner.patch(f"{LABELS}{one.pk}/", {"name": "two"}).json()["name"] == "two"


@pytest.mark.parametrize(
    ("role", "public", "reads", "writes"),
    [(Role.EDITOR, False, 200, 200), (Role.VIEWER, False, 200, 403)]
    + [(None, True, 200, 403), (None, False, 404, 404)],
)
def test_who_may_use_labels(as_user, role, public, reads, writes):
    project, user = ProjectFactory(is_public=public), UserFactory()
    if role:
        member(project, user, role)
    client, label = as_user(user), Label.objects.create(project=project, name="one")
    one, many = f"{LABELS}{label.pk}/", f"{URL}{project.pk}/labels/"
    assert client.get(one).status_code == client.get(many).status_code == reads
    assert client.patch(one, {"name": "new"}).status_code == writes
    assert client.post(many, {"name": "x"}).status_code == (201 if writes == 200 else writes)
    assert client.delete(one).status_code == (204 if writes == 200 else writes)
