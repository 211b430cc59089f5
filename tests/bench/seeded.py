"""Rows for the service's own endpoints, and somebody who may ask for them."""

import secrets
from dataclasses import dataclass

import httpx

from ops.run import run
from tests.bench.stack import BenchError

USERS, PROJECTS, TASKS = 50, 10, 5_000
FIRST = "seed-1-0@example.com"
# So often that no limit is met: django-ratelimit's own, beside the edge's.
KINDS = ("login", "refresh", "register", "reset", "write")
NO_LIMITS = {
    f"APP_RATE_{kind}_{whom}".upper(): "999999999/s"
    for kind in KINDS
    for whom in ("address", "account")
}


@dataclass(frozen=True)
class Seeded:
    """The first account's password, its projects, and a task of the first of them."""

    password: str
    projects: tuple[int, ...]
    task: int

    def list_path(self, project: int) -> str:
        """Where a project's tasks are."""
        return f"/api/v1/projects/{project}/tasks/"

    @property
    def detail_path(self) -> str:
        """Where one task is."""
        return f"/api/v1/tasks/{self.task}/"


def seed(container: str, *, url: str, host: dict[str, str]) -> Seeded:
    """Seed through the service's own command; the password goes in on standard input."""
    password = secrets.token_urlsafe(24)
    amounts = ["--users", str(USERS), "--projects", str(PROJECTS), "--tasks", str(TASKS)]
    command = ["python", "manage.py", "seed", *amounts, "--password-from", "stdin"]
    run(
        ["docker", "exec", "-i", container, *command, "--yes-in-production"],
        input=password + "\n",
        timeout=120,
    )
    headers = token(url, password=password, host=host)
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=20) as client:
        projects = tuple(int(one["id"]) for one in _results(client, "/api/v1/projects/"))
        tasks = _results(client, f"/api/v1/projects/{projects[0]}/tasks/")
    return Seeded(password=password, projects=projects, task=int(tasks[0]["id"]))


def token(url: str, *, password: str, host: dict[str, str]) -> dict[str, str]:
    """Headers of somebody who has just logged in; good for 15 minutes."""
    body = {"email": FIRST, "password": password}
    answer = httpx.post(
        f"{url}/api/v1/auth/login/", json=body, headers=host, trust_env=False, timeout=20
    )
    if answer.status_code != 200:
        raise BenchError(f"the login answered {answer.status_code}: {answer.text[:300]}")
    return {**host, "Authorization": f"Bearer {answer.json()['access']}"}


def _results(client: httpx.Client, path: str) -> list[dict[str, int]]:
    answer = client.get(path)
    if answer.status_code != 200 or not answer.json()["results"]:
        raise BenchError(f"{path} answered {answer.status_code}: {answer.text[:300]}")
    found: list[dict[str, int]] = answer.json()["results"]
    return found
