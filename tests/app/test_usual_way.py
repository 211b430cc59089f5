"""The bench's yardsticks: the usual way answers what the service answers, field by field.

`usual/` is also what `make bench` mounts into the service's image.
"""

import os
from contextlib import contextmanager

import pytest
import requests

from domains.projects.models import Activity, Project, Role
from factories import PASSWORD, LabelFactory, ProjectFactory, TaskFactory, UserFactory, member
from processes import environment, free_port, process, until

USUAL = os.path.join(os.path.dirname(__file__), "usual")
HOST = {"Host": "localhost", "X-Forwarded-Proto": "https"}


class Asked:
    """A server, asked with its own token."""

    def __init__(self, port):
        self.address, self.headers = f"http://127.0.0.1:{port}", dict(HOST)

    def log_in(self, user):
        given = {"email": user.email, "password": PASSWORD}
        self.headers["Authorization"] = f"Bearer {self.post('auth/login/', given)['access']}"

    def get(self, path):
        return self._answer("GET", path)

    def post(self, path, body):
        return self._answer("POST", path, json=body)

    def _answer(self, method, path, **given):
        url = f"{self.address}/api/v1/{path}"
        answer = requests.request(method, url, headers=self.headers, timeout=20, **given)
        assert answer.ok, answer.text
        return answer.json()


@contextmanager
def running(name, *, live):
    """A yardstick under Gunicorn."""
    port = free_port()
    values = {"DJANGO_SETTINGS_MODULE": f"{name}_settings"}
    values["PYTHONPATH"] = f"{USUAL}:{environment()['PYTHONPATH']}"
    words = ["--bind", f"127.0.0.1:{port}", "--log-level", "warning", f"{name}_wsgi:application"]
    with process("gunicorn", *words, **values) as started:

        def lives():
            try:
                return requests.get(f"http://127.0.0.1:{port}{live}", headers=HOST, timeout=5).ok
            except requests.RequestException:
                return started.poll() is not None

        until(lives, what=f"{name} starts")
        assert started.poll() is None, "Gunicorn ended at once"
        yield port


@pytest.mark.django_db(transaction=True)
def test_the_usual_way_answers_the_same(as_user):
    person = UserFactory()
    project = ProjectFactory()
    member(project, person, Role.VIEWER)
    labels = LabelFactory.create_batch(3, project=project)
    for place in range(30):
        given = {"assignee": person, "due": "2026-12-01"} if place % 2 else {}
        TaskFactory(project=project, number=place + 1, labelled=labels[: place % 4], **given)
    Project.objects.filter(pk=project.pk).update(last_task=30)
    ours = as_user(project.owner)
    new = {"title": "a", "description": "b", "labels": [labels[0].pk], "assignee": person.pk}
    with running("usual", live="/health/live") as port:
        usual = Asked(port)
        usual.log_in(project.owner)
        for path in (f"projects/{project.pk}/tasks/", f"projects/{project.pk}/tasks/?page_size=7"):
            page, expected = usual.get(path), ours.get(f"/api/v1/{path}").json()
            assert len(expected["results"]) in (7, 25) and page["results"] == expected["results"]
            assert page["next"] and expected["next"] and page["previous"] is None
        task = expected["results"][0]["id"]
        detail = ours.get(f"/api/v1/tasks/{task}/").json()
        assert usual.get(f"tasks/{task}/") == detail and detail["author"]
        made = usual.post(f"projects/{project.pk}/tasks/", new)
    assert made == ours.get(f"/api/v1/tasks/{made['id']}/").json() and made["number"] == 31
    told = Activity.objects.get(project=project)
    assert (told.verb, told.subject_id, told.data) == ("created", made["id"], {"number": 31})
    assert ours.post(f"/api/v1/projects/{project.pk}/tasks/", new).json()["number"] == 32


@pytest.mark.django_db
def test_the_bare_view_answers():
    with running("bare", live="/") as port:
        answer = requests.get(f"http://127.0.0.1:{port}/", timeout=5)
    assert answer.json() == {"id": 1, "title": "bare"}
