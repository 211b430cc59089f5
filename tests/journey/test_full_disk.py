"""A full disk of PostgreSQL's: said by readiness and by each refused write, and so is its end."""

import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from ops import build
from stacks.loading import load_topology
from stacks.topology import Topology
from tests import service
from tests.journey.conftest import docker

pytestmark = pytest.mark.journey
CURL = ("curl", "-s", "-H", "Host: localhost", "-H", "X-Forwarded-Proto: https")
AT = "http://127.0.0.1:8000"
TOKEN = secrets.token_urlsafe(24)


def until(condition: Callable[[], bool], *, seconds: float) -> None:
    """Wait until it is true; fails when it takes longer."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.2)


def start_service(topology: Topology, *, image: str) -> str:
    """Start the service itself beside the parts, without an edge; its container's name."""
    values = {**service.environment_of(topology), "SMOKE_TOKEN": TOKEN}
    names = [word for name in values for word in ("--env", name)]
    name = f"{service.NAME}-service"
    place = [
        "--network",
        service.NETWORK,
        "--name",
        name,
        "--tmpfs=/srv/static:uid=10001,gid=10001",
    ]
    start = "python manage.py release && exec gunicorn --bind 127.0.0.1:8000 config.wsgi"
    words = [
        "docker",
        "run",
        "--detach",
        "--label",
        service.LABEL,
        *service.GUARDED,
        *place,
        *names,
    ]
    done = subprocess.run(
        [*words, image, "sh", "-c", start], env={**os.environ, **values}, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    service.wait_for("service", "curl", "-sf", "http://127.0.0.1:8000/health/live")
    return name


@pytest.fixture
def small_disk() -> Iterator[str]:
    """The service in its image, beside a PostgreSQL whose volume is small; the container's name."""
    topology: Topology = load_topology("dev")
    try:
        images = build.release(topology, on_line=lambda line: None).images
        service.start_parts(topology, images=images, data="rw,size=160m")
        yield start_service(topology, image=images["app"])
    finally:
        service.remove_all()


def test_a_full_disk_is_said_and_its_end_too(small_disk: str) -> None:
    def ask(*words: str) -> tuple[int, str]:
        told = docker("exec", small_disk, *CURL, "-w", "\n%{http_code}", *words)
        body, _, status = told.rpartition("\n")
        return int(status), body

    def status() -> str:
        return str(json.loads(ask(f"{AT}/health/ready")[1])["status"])

    note = json.dumps({"title": "of the drill", "body": "x" * 9_000})
    smoke = ("-H", f"X-Smoke-Token: {TOKEN}", f"{AT}/api/v1/notes/")
    write = ("-H", "Content-Type: application/json", "-d", note, *smoke)
    assert ask(*write)[0] == 201 and status() == "ok"
    ballast = "/var/lib/postgresql/data/ballast"
    postgres = f"{service.NAME}-postgres"
    docker("exec", postgres, "sh", "-c", f"dd if=/dev/zero of={ballast} bs=8k 2>/dev/null; true")
    until(lambda: ask(*write)[0] == 503, seconds=30)
    assert "disk is full" in ask(*write)[1]
    until(lambda: status() == "degraded", seconds=30)
    code, told = ask(f"{AT}/health/ready")
    assert code == 200 and "disk is full" in json.loads(told)["checks"]["disk"]["reason"]
    assert ask(*smoke)[0] == 200, "what is there can be read"
    docker("exec", postgres, "rm", ballast)
    until(lambda: ask(*write)[0] == 201, seconds=30)
    until(lambda: status() == "ok", seconds=30)
