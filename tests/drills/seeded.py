"""The rows of a drill: one project of 60,000 tasks, its owner, and a member who attacks."""

import secrets

import httpx

from ops.run import run
from stacks.topology import Topology
from tests.drills.client import Client
from tests.drills.user import ADDRESS, Account
from tests.host.environment import EdgeAddress, Environment

TASKS = 60_000
OWNER, MEMBER = "seed-1-0@example.com", "seed-1-1@example.com"
SAME_PASSWORD = (
    "import sys; from accounts.models import User; u = User.objects.get(email='{email}');"
    " u.set_password(sys.stdin.readline().strip()); u.save()"
)


def seeded(topology: Topology) -> tuple[Account, str]:
    """Seed through the service's own command; the owner, and the address of the member."""
    environment = Environment(topology)
    container, password = str(environment.container("service")["Id"]), secrets.token_urlsafe(24)
    amounts = ["--users", "20", "--projects", "1", "--tasks", str(TASKS)]
    seed = ["seed", *amounts, "--password-from", "stdin", "--yes-in-production"]
    for command in (seed, ["shell", "-v0", "-c", SAME_PASSWORD.format(email=MEMBER)]):
        run(
            ["docker", "exec", "-i", container, "python", "manage.py", *command],
            input=password + "\n",
            timeout=300,
        )
    client = Client(EdgeAddress.of(environment), address=ADDRESS)
    assert client.log_in(OWNER, password=password).status == httpx.codes.OK
    project = client.ask("GET", "/api/v1/projects/").json()["results"][0]["id"]
    task = client.ask("GET", f"/api/v1/projects/{project}/tasks/").json()["results"][0]["id"]
    return Account(OWNER, password, project, task), MEMBER
