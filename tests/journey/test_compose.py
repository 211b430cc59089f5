"""The developer's quick start, as docker/compose.yaml's head says it, beside whatever else runs."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from stacks.topology import PROJECT
from tests.journey.conftest import docker, free_port

pytestmark = pytest.mark.journey
# A developer's session, which the tests must leave alone.
STORE = "from accounts.auth.sessions.store import session_store"
KEPT, GOT = "session_store()._redis.set('kept', 'yes')", "session_store()._redis.get('kept')"
UIDS = {"postgres": 10003, "redis-cache": 10004, "redis-queue": 10004}


@dataclass(frozen=True)
class Compose:
    """One project of docker compose that this test owns."""

    project: str
    port: int

    def __call__(self, *words: str, timeout: float = 900) -> subprocess.CompletedProcess[str]:
        """Run one of its commands."""
        return subprocess.run(
            ["docker", "compose", "-p", self.project, "-f", "docker/compose.yaml", *words],
            cwd=PROJECT,
            env={**os.environ, "WEB_PORT": str(self.port)},
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )

    def web(self, *words: str, options: tuple[str, ...] = ()) -> str:
        """Run a command in the service's container; its failure fails the test."""
        done = self("exec", "-T", *options, "web", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def shell(self, code: str) -> str:
        """Run Python in the service's own shell."""
        return self.web("python", "manage.py", "shell", "-c", code)


@pytest.fixture
def compose() -> Iterator[Compose]:
    """A project with a name and a port of its own, taken away with its data at the end."""
    made = Compose(project=f"upshift-test-{secrets.token_hex(3)}", port=free_port())
    try:
        yield made
    finally:
        down = made("down", "-v", "--timeout", "10")
    assert down.returncode == 0, down.stderr
    mine = f"label=com.docker.compose.project={made.project}"
    assert docker("ps", "-aq", "--filter", mine) == ""
    assert docker("volume", "ls", "-q", "--filter", mine) == ""


def stage() -> str:
    """`ops build dev --compose`; returns the file of the secrets as it is then."""
    command = [sys.executable, "-m", "ops.cli", "build", "dev", "--compose"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return (PROJECT / ".upshift" / "compose.env").read_text()


def index_of(compose: Compose) -> httpx.Response:
    """The API's index, given a minute to come up."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx.get(f"http://localhost:{compose.port}/api/", timeout=10)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def test_what_is_staged_is_closed_and_its_secrets_stay() -> None:
    assert stage() == stage()
    assert (PROJECT / ".upshift" / "compose.env").stat().st_mode & 0o777 == 0o600
    for component, uid in UIDS.items():
        for path in (PROJECT / ".upshift" / "compose" / component).iterdir():
            wanted = 0o400 if "password" in path.name or path.name == "auth.conf" else 0o444
            assert path.stat().st_mode & 0o777 == wanted, path
            assert path.stat().st_uid == uid, path


def test_quick_start(compose: Compose) -> None:
    stage()
    up = compose("up", "-d", "--build")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "notes" in compose.web("python", "manage.py", "migrate")
    options: list[str] = []
    for name, value in {
        "EMAIL": "ada@example.com",
        "PASSWORD": secrets.token_urlsafe(16),
    }.items():
        options += ["-e", f"DJANGO_SUPERUSER_{name}={value}"]
    made = compose.web("python", "manage.py", "createsuperuser", "--noinput", options=(*options,))
    assert "created" in made
    compose.shell(f"{STORE}; {KEPT}")
    # The tests of one app, as anybody may choose some: all of them run in a part of their own.
    assert " passed" in compose.web("pytest", "-q", "--no-cov", "-k", "notes or projects_api")
    assert "'yes'" in compose.shell(f"{STORE}; print(repr({GOT}))")
    answer = index_of(compose)
    assert answer.status_code == 200, answer.text
