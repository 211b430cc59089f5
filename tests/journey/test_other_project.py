"""Any Django project in the bundled service's place, and what the edge shares of its answers."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from stacks.loading import load_topology
from tests.host.environment import Door, Environment
from tests.journey.conftest import Journey

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
    with Door.of(Environment(load_topology(journey.stack))).client() as opened:
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
