"""A stack with its releases built beforehand, an account, and a load to be sent to it."""

import secrets
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacks.loading import load_topology
from stacks.release import release_id
from stacks.topology import Topology
from stacks.topology.app import App
from tests.bundled import bundled_app
from tests.host.environment import EdgeAddress, Environment
from tests.journey.conftest import Journey, docker
from tests.journey.prober import Journal, Load

PERSON = ("releases@example.com", "a-long-word-for-the-releases")
ACCOUNT = """
import os
from accounts.models import User
from django.utils import timezone
who, word = os.environ["WHO"], os.environ["WORD"]
User.objects.create_superuser(who, word, email_confirmed_at=timezone.now())
"""


@dataclass
class Served:
    """The stack, up, with an account and a project in it; and its releases, built beforehand."""

    journey: Journey
    folders: list[Path]

    def load(self) -> Load:
        """Reads, and writes into a project that is made for it, by an account that logs in now.

        A login holds for fifteen minutes.
        """
        who, word = PERSON
        with self.edge_address().client() as client:
            pair = client.post("/api/v1/auth/login/", json={"email": who, "password": word})
            assert pair.status_code == 200, pair.text
            headers = {"Authorization": f"Bearer {pair.json()['access']}"}
            made = client.post(
                "/api/v1/projects/",
                json={"name": f"Releases {secrets.token_hex(4)}"},
                headers=headers,
            )
            assert made.status_code == 201, made.text
        tasks = f"/api/v1/projects/{made.json()['id']}/tasks/"
        reads = ("/health/live", "/api/v1/auth/me/", f"{tasks}?page_size=5")
        return Load(
            reads=(*reads, "/api/v1/projects/public/"),
            write=lambda key: (tasks, {"title": key}),
            headers=headers,
        )

    def edge_address(self) -> EdgeAddress:
        """Where clients come in."""
        return EdgeAddress.of(Environment(load_topology(self.journey.stack)))

    def release(self, number: int) -> None:
        """Describe the stack with one of the releases."""
        self.journey.describe(
            app={**self.journey.described["app"], "path": str(self.folders[number])}
        )

    def titles(self) -> list[str]:
        """The title of every task that the database holds."""
        psql = ["psql", "-h", "/run/postgresql", "-U", "postgres", "-d", "app", "-qAt", "-c"]
        select = "SELECT title FROM tasks_task"
        return docker("exec", self.journey.container("postgres"), *psql, select).split()

    def assert_written_once(self, journal: Journal) -> None:
        """Every acknowledged write is there, and none twice."""
        found = Counter(self.titles())
        assert journal.acknowledged
        assert {key for key in journal.acknowledged if found[key] != 1} == set()
        assert max(found.values()) == 1


def app_of(folder: Path) -> dict[str, Any]:
    """The bundled service from another folder, with all that the topology says of it."""
    # So much is written here that the limits for one client would be met.
    rates = dict.fromkeys(("APP_RATE_WRITE_ADDRESS", "APP_RATE_WRITE_ACCOUNT"), "1000000/m")
    return {**bundled_app(folder), "environment": rates}


def built(first: Path, *, number: int, stack: str) -> Path:
    """A release with other code, in a folder beside the first; its image is made at once.

    From the first one's image, which differs in that one file only: a whole build takes longer.
    """
    folder = first.with_name(f"release-{number}")
    shutil.copytree(first, folder)
    (folder / "config" / "release_number.py").write_text(f"NUMBER = {number}\n")
    tag = tag_of(folder, stack=stack)
    (folder.parent / "Dockerfile").write_text(
        f"FROM {tag_of(first, stack=stack)}\nCOPY {folder.name}/config/release_number.py config/\n"
        f"LABEL upshift.release={tag.partition(':')[2]} upshift.test={stack}\n"
    )
    docker("build", "-q", "-t", tag, str(folder.parent))
    return folder


def tag_of(folder: Path, *, stack: str) -> str:
    """The image of a release."""
    app = App().model_copy(update={"path": str(folder)})
    return f"upshift/app:{release_id(Topology(stack=stack, app=app))}"


def account(journey: Journey) -> None:
    """Make the account that the load is sent by."""
    given = ["-e", f"WHO={PERSON[0]}", "-e", f"WORD={PERSON[1]}"]
    shell = ["python", "manage.py", "shell", "-c", ACCOUNT]
    docker("exec", *given, journey.container("service"), *shell)
