"""The tables of projects and tasks: what PostgreSQL itself keeps right, and the way back."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from domains.projects.models import Activity, Membership, Project
from domains.tasks.models import Attachment, Comment, Label, Task, TaskLabel
from idempotency.models import Answer

APPS = ("tasks", "projects", "idempotency")
BELOW_A_PROJECT = (Membership, Activity, Label, Task, TaskLabel, Comment, Attachment)


def a_project(slug="one"):
    owner, _ = User.objects.get_or_create(email="owner@example.com")
    project = Project.objects.create(owner=owner, name="Garden", slug=slug)
    Membership.objects.create(project=project, user=owner, role="owner")
    return project


def a_full_project():
    project = a_project()
    label = Label.objects.create(project=project, name="soil")
    task = Task.objects.create(project=project, number=1, title="Dig")
    TaskLabel.objects.create(task=task, label=label)
    Comment.objects.create(task=task, body="deep")
    Attachment.objects.create(task=task, name="a.txt", size=1, checksum="0" * 64)
    Activity.objects.create(project=project, verb="created", subject="task", subject_id=1)
    return project


@pytest.mark.django_db
def test_what_belongs_to_a_project_goes_with_it_in_one_statement(django_assert_num_queries):
    project = a_full_project()
    assert all(model.objects.exists() for model in BELOW_A_PROJECT)
    with django_assert_num_queries(1), connection.cursor() as cursor:
        cursor.execute("DELETE FROM projects_project WHERE id = %s", [project.pk])
    assert [model.__name__ for model in BELOW_A_PROJECT if model.objects.exists()] == []


@pytest.mark.django_db
def test_a_removed_label_leaves_its_tasks():
    project = a_full_project()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tasks_label WHERE project_id = %s", [project.pk])
    assert Task.objects.count() == 1 and not TaskLabel.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "broken",
    [
        lambda project: Project.objects.create(owner=project.owner, name="Two", slug="one"),
        lambda project: Project.objects.create(owner=project.owner, name="", slug="two"),
        lambda project: Membership.objects.create(
            project=project, user=project.owner, role="viewer"
        ),
        lambda project: project.memberships.update(role="king"),
        lambda project: Task.objects.create(project=project, number=1, title=""),
        lambda project: Task.objects.create(project=project, number=1, title="x", status="lost"),
        lambda project: Task.objects.create(project=project, number=1, title="x", priority=9),
        lambda project: Task.objects.bulk_create(
            Task(project=project, number=7, title=title) for title in "ab"
        ),
        lambda project: Label.objects.create(project=project, name="x", color="red"),
        lambda project: Task.objects.create(project_id=0, number=1, title="x"),
        lambda project: Answer.objects.bulk_create(
            Answer(user=project.owner, key="k", expires_at=project.created_at) for _ in "ab"
        ),
    ],
)
def test_the_tables_refuse_what_is_wrong_whoever_writes(broken):
    project = a_project()
    project.refresh_from_db()
    with pytest.raises(IntegrityError), transaction.atomic():
        broken(project)


@pytest.mark.django_db
def test_two_owners_may_use_one_slug():
    project = a_project()
    other = User.objects.create(email="other@example.com")
    Project.objects.create(owner=other, name="Mine", slug=project.slug)
    assert Project.objects.filter(slug=project.slug).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "found"), [("digging", {1}), ("compost", {2}), ("dig -deep", set()), ("dig or", {1})]
)
def test_titles_and_descriptions_are_searched(words, found):
    project = a_project()
    Task.objects.create(project=project, number=1, title="Dig", description="deep")
    Task.objects.create(project=project, number=2, title="Spread", description="the compost")
    sql = "SELECT number FROM tasks_task WHERE search @@ websearch_to_tsquery('english', %s)"
    with connection.cursor() as cursor:
        cursor.execute(sql, [words])
        assert {row[0] for row in cursor.fetchall()} == found


@pytest.mark.django_db(transaction=True)
def test_the_migrations_can_be_taken_back():
    def ours():
        return {name for name in connection.introspection.table_names() if name.startswith(APPS)}

    before = ours()
    assert len(before) == 10
    try:
        for app in APPS:
            call_command("migrate", app, "zero", verbosity=0)
        assert ours() == set()
    finally:
        call_command("migrate", verbosity=0)
    assert ours() == before
