"""Any Django project in the bundled service's place, and what the edge shares of its answers."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any

import httpx
import pytest

from stacks.loading import load_topology
from stacks.topology import PROJECT
from tests.host.environment import EdgeAddress, Environment
from tests.journey.conftest import Journey, docker

pytestmark = pytest.mark.journey
CREW = "website.jobs:crew"
KINDS = (
    *("public", "public-without-age", "private", "no-store"),
    *("age-only", "silent", "expires-only", "sets-a-cookie"),
)
APP: dict[str, Any] = {
    "path": "tests/journey/other_project",
    "requirements": "pyproject.toml",
    "wsgi": "website.entry:serve",
    "celery": CREW,
    "settings": "website.conf.live",
    "live_path": "/-/alive",
    "ready_path": "/-/ready",
    "environment": {"GREETING": "good day"},
    "public_paths": ["/shared/"],
    "smoke": {
        "write": {"path": "/entries/", "body": {"words": "{text}"}, "answer": "/entries/{number}"},
        "task": {"path": "/shout/", "body": {"words": "{text}"}, "answer": "/shout/{task}"},
        "pages": ["/"],
    },
}
# Only the host is named, and it is not `localhost`: a probe must ask for it as everybody does.
SERVED = "shop.example.com"


@pytest.fixture(scope="module")
def client(journey: Journey) -> Iterator[httpx.Client]:
    """A client of the other project, which is brought up for it."""
    edge = {**journey.described["edge"], "server_names": [SERVED]}
    health = {"interval": 5, "timeout": 20}
    service = {**journey.described["service"], "workers": 2}
    journey.describe(app=APP, edge=edge, health=health, service=service)
    up = journey.ops("up")
    assert up.returncode == 0, up.stdout + up.stderr
    with EdgeAddress.of(Environment(load_topology(journey.stack))).client() as opened:
        yield opened
    destroy = journey.ops("destroy", "--data", "--yes", "--data-confirm", journey.stack)
    assert destroy.returncode == 0, destroy.stdout + destroy.stderr


def ask(client: httpx.Client, kind: str, **headers: str) -> tuple[Mapping[str, str], str]:
    """What the project (or the edge in its place) answers, and where the edge had it from."""
    client.cookies.clear()
    answer = client.get("/shared/", params={"kind": kind}, headers=headers)
    assert answer.status_code == 200, answer.text
    told: Mapping[str, str] = answer.json()
    return told, answer.headers["x-cache"]


def test_it_serves_its_own_pages_and_static_files(client: httpx.Client) -> None:
    assert "good day" in client.get("/").text
    style = client.get("/static/guestbook/style.css")
    assert style.status_code == 200 and "serif" in style.text
    # It is too short for the edge to compress it: the release did.
    assert style.headers["content-encoding"] == "gzip"
    assert client.get("/api/").status_code == 404


@pytest.mark.parametrize("kind", ["public", "public-without-age"])
def test_a_public_answer_is_shared_between_strangers(client: httpx.Client, kind: str) -> None:
    told = [ask(client, kind) for _ in range(10)]
    assert "HIT" in [source for _, source in told]
    assert len({answer["number"] for answer, _ in told}) < 10


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.startswith("public")])
def test_an_answer_that_is_not_public_is_never_shared(client: httpx.Client, kind: str) -> None:
    told = [ask(client, kind) for _ in range(5)]
    assert {source for _, source in told} == {"MISS"}
    assert len({answer["number"] for answer, _ in told}) == 5


@pytest.mark.parametrize("header", ["Authorization", "Cookie"])
def test_two_users_and_a_stranger_never_see_each_others_answer(
    client: httpx.Client, header: str
) -> None:
    # The project says of these answers that they are public, wrongly: still they stay apart.
    for who in ("user=ada", "user=grace", "0"):
        told, source = ask(client, "public", **{header: who})
        assert (told["who"], source) == (who, "BYPASS")
        assert ask(client, "public")[0]["who"] == "nobody"


def test_the_clients_address_is_the_edges_word_and_not_the_clients(client: httpx.Client) -> None:
    seen = client.get("/address/").text
    assert not ip_address(seen).is_loopback
    names = ("X-Real-IP", "X_Real_IP", "X-Forwarded-For")
    headers = dict.fromkeys(names, "203.0.113.9")
    assert client.get("/address/", headers=headers).text == seen


def test_a_task_looks_up_a_static_file(client: httpx.Client) -> None:
    task = client.post("/style/").json()["task"]
    end = time.monotonic() + 20
    while (told := client.get(f"/shout/{task}").text) == "not yet" and time.monotonic() < end:
        time.sleep(0.1)
    assert told.startswith("/static/guestbook/style.") and told.count(".") == 2, told
    assert client.get(told).status_code == 200


def test_the_version_is_the_projects_own(client: httpx.Client, journey: Journey) -> None:
    assert client.get("/version/").text == "3"
    rows = [line.split("\t") for line in journey.ops("status").stdout.splitlines()]
    assert {row[3].split()[0] for row in rows if row[0] in ("service", "worker", "beat")} == {"3"}


def workers(journey: Journey) -> set[str]:
    """The processes that Gunicorn's first one has forked."""
    look = "read first < /proc/1/task/1/children; cat /proc/$first/task/$first/children"
    return set(docker("exec", journey.container("service"), "sh", "-c", look).split())


def test_workers_that_are_forked_later_share_no_connection_either(
    client: httpx.Client, journey: Journey
) -> None:
    before = workers(journey)
    assert len(before) == 2
    docker("exec", journey.container("service"), "sh", "-c", f"kill -9 {' '.join(before)}")
    end = time.monotonic() + 30
    while len(now := workers(journey)) < 2 or now & before:
        assert time.monotonic() < end, now
        time.sleep(0.2)
    command = [sys.executable, "-m", "pytest", "tests/host/test_service.py", "-q"]
    command += ["tests/host/test_forked_processes.py", "--stack", journey.stack]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0 and "passed" in done.stdout, done.stdout
    assert client.get("/").status_code == 200


def test_a_project_without_celery_behind_a_proxy_over_ipv6(
    client: httpx.Client, journey: Journey
) -> None:
    edge = {**journey.described["edge"], "trusted_proxies": ["172.16.0.0/12", "192.168.0.0/16"]}
    smoke = {"write": APP["smoke"]["write"]}
    service = {**journey.described["service"], "preload": False}
    journey.describe(app={**APP, "celery": None, "smoke": smoke}, edge=edge, service=service)
    up = journey.ops("up")
    assert up.returncode == 0, up.stdout + up.stderr
    rows = [line.split("\t")[0] for line in journey.ops("status").stdout.splitlines()]
    assert "service" in rows and not {"worker", "beat"} & set(rows)
    assert not {name for name in journey.objects("container") if "worker" in name or "beat" in name}
    headers = {"X-Forwarded-For": "2001:db8::7"}
    assert client.get("/address/", headers=headers).text == "2001:db8::7"
    logs = journey.ops("logs", "worker")
    assert logs.returncode == 3 and "its components: edge, service, postgres" in logs.stderr
