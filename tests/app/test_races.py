"""What is done to the same rows at the same moment: nothing is lost, left over or stuck."""

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.auth.login.services import open_session
from domains.tasks.models import Comment, Task, TaskLabel
from factories import LabelFactory, ProjectFactory, TaskFactory
from parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1"


def sender(project):
    """Sends requests as the project's owner, each with a client of its own."""
    token = open_session(project.owner).access

    def send(method, path, body=None, **headers):
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return getattr(client, method)(f"{API}{path}", body, headers=headers).status_code

    return send


def test_bulk_changes_of_the_same_tasks_in_opposite_orders_do_not_block_each_other():
    project = ProjectFactory()
    tasks = TaskFactory.create_batch(20, project=project)
    send = sender(project)

    def change(title, ordered):
        update = [{"id": task.pk, "version": 1, "title": title} for task in ordered]
        return send("post", f"/projects/{project.pk}/tasks/bulk/", {"update": update})

    for _ in range(3):
        Task.objects.filter(project=project).update(version=1, title="before")
        found = at_once(
            lambda: change("one", tasks),
            lambda: change("two", tasks[::-1]),
            lambda: change("three", tasks),
        )
        assert sorted(found) == [200, 412, 412]
        titles = set(Task.objects.filter(project=project).values_list("title", "version"))
        assert len(titles) == 1 and titles.pop()[1] == 2


ORPHANS = """
SELECT (SELECT count(*) FROM tasks_task t
        WHERE NOT EXISTS (SELECT 1 FROM projects_project p WHERE p.id = t.project_id)),
       (SELECT count(*) FROM tasks_comment c
        WHERE NOT EXISTS (SELECT 1 FROM tasks_task t WHERE t.id = c.task_id)),
       (SELECT count(*) FROM tasks_tasklabel l
        WHERE NOT EXISTS (SELECT 1 FROM tasks_task t WHERE t.id = l.task_id)
           OR NOT EXISTS (SELECT 1 FROM tasks_label n WHERE n.id = l.label_id)),
       (SELECT count(*) FROM projects_activity a
        WHERE NOT EXISTS (SELECT 1 FROM projects_project p WHERE p.id = a.project_id))
"""


def orphans():
    """Rows whose parent is gone."""
    with connection.cursor() as cursor:
        cursor.execute(ORPHANS)
        return sum(cursor.fetchone())


def test_what_is_written_into_a_project_that_goes_goes_with_it():
    for _ in range(3):
        project = ProjectFactory()
        task = TaskFactory(project=project)
        send = sender(project)
        gone, *found = at_once(
            lambda: send("delete", f"/projects/{project.pk}/"),
            *[lambda: send("post", f"/projects/{project.pk}/tasks/", {"title": "late"})] * 3,
            *[lambda: send("post", f"/tasks/{task.pk}/comments/", {"body": "late"})] * 3,
        )
        assert gone == 204 and set(found) <= {201, 404}, found
        assert orphans() == 0
        assert not Task.objects.filter(project_id=project.pk).exists()
        assert not Comment.objects.exists()


def test_a_label_that_goes_is_on_no_task():
    project = ProjectFactory()
    send = sender(project)
    for _ in range(3):
        label, task = LabelFactory(project=project), TaskFactory(project=project)
        body = {"title": "late", "labels": [label.pk]}
        gone, *found = at_once(
            lambda: send("delete", f"/labels/{label.pk}/"),
            *[lambda: send("post", f"/projects/{project.pk}/tasks/", body)] * 3,
            lambda: send("patch", f"/tasks/{task.pk}/", body, **{"If-Match": '"1"'}),
        )
        assert gone == 204 and set(found) <= {200, 201, 400}, found
        assert orphans() == 0 and not TaskLabel.objects.filter(label_id=label.pk).exists()
