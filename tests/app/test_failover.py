"""A create that is sent again and again while the service's processes die under it happens once."""

import os
import signal
import time
from pathlib import Path

import pytest
import requests

from accounts.auth.login.services import open_session
from domains.projects.models import Activity, Membership, Project
from factories import UserFactory
from idempotency.models import Answer
from parallel import at_once
from processes import served, until

SENDERS = 20
KILLS = 3
RATES = {"APP_RATE_WRITE_ACCOUNT": "1000000/h", "APP_RATE_WRITE_ADDRESS": "1000000/h"}


def workers_of(port):
    """The processes that a Gunicorn on this port has started."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        if f"127.0.0.1:{port}".encode() in words:
            found[int(folder.name)] = parent
    return [process for process, parent in found.items() if parent in found]


def persistently(service, headers):
    """The first answer that is no trouble, however often it takes."""
    for _ in range(300):
        try:
            answer = requests.post(
                f"{service.address}/api/v1/projects/",
                json={"name": "Garden"},
                headers=headers,
                timeout=10,
                allow_redirects=False,
            )
        except requests.RequestException:
            time.sleep(0.05)  # the process died under it
            continue
        if answer.status_code == 201:
            return answer
        assert answer.status_code in (409, 503), answer.text
        time.sleep(0.01)
    raise AssertionError("no answer")


@pytest.mark.django_db(transaction=True)
def test_twenty_senders_of_one_key_make_one_project_while_workers_are_killed():
    user = UserFactory()
    headers = {"Authorization": f"Bearer {open_session(user).access}", "Host": "localhost"}
    headers |= {"X-Forwarded-Proto": "https", "Idempotency-Key": "one-for-all"}
    with served(workers=2, **RATES) as service:
        port = int(service.address.rsplit(":", 1)[1])
        killed = []

        def kill():
            for _ in range(KILLS):
                victim = until(lambda: workers_of(port), what="a worker is there")[0]
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)
                time.sleep(0.05)

        senders = [lambda: persistently(service, headers)] * SENDERS
        *answers, _ = at_once(*senders, kill)
        again = persistently(service, headers)
    assert len(killed) == KILLS
    bodies = {(each.status_code, each.content, each.headers["Location"]) for each in answers}
    assert bodies == {(201, again.content, again.headers["Location"])}
    assert again.headers["Idempotent-Replayed"] == "true"
    for model in (Project, Membership, Activity, Answer):
        assert model.objects.count() == 1, model
