"""Releases and changed settings under load: no request fails, and no write is lost.

In order: each test continues where the previous one ended.
"""

import asyncio
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pulumi
import pytest

from infra.docker import edge_config
from stacks.loading import load_topology
from stacks.topology import PROJECT
from tests.journey.conftest import Journey, docker
from tests.journey.prober import Prober
from tests.journey.released import Served, account, app_of, built, tag_of

pytestmark = pytest.mark.journey
REQUESTS = 20_000
RELEASES = 5


@pytest.fixture(scope="module")
def served(journey: Journey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The stack with its first release; the others are built before anything is measured."""
    first = tmp_path_factory.mktemp("releases") / "release-0"
    shutil.copytree(PROJECT / "app", first, ignore=shutil.ignore_patterns("__pycache__"))
    edge = {**journey.described["edge"], "requests_per_second": 100_000}
    journey.describe(app=app_of(first), edge=edge)
    journey.pulumi("stack", "select", "--create")
    journey.pulumi_up()
    later = [built(first, number=number, stack=journey.stack) for number in range(1, RELEASES + 1)]
    account(journey)
    yield Served(journey, [first, *later])
    destroy = journey.ops("destroy", "--data", "--yes", "--data-confirm", journey.stack)
    assert destroy.returncode == 0, destroy.stdout + destroy.stderr
    docker("image", "rm", *[tag_of(folder, stack=journey.stack) for folder in later])


def test_no_request_fails_over_releases_and_changed_settings(served: Served) -> None:
    journey, described = served.journey, served.journey.described
    service, edge = described["service"], described["edge"]
    changes: list[dict[str, Any]] = [
        {"service": {**service, "timeout": 31}},
        {"edge": {**edge, "server_names": ["localhost", "127.0.0.1", "shop.example.com"]}},
        {"edge": {**edge, "body_limit": 20}},
    ]
    with Prober(served.edge_address(), served.load()) as prober:
        for number in range(1, RELEASES + 1):
            served.release(number)
            # In the same `up`, which takes half the time: a setting of the service, then two that
            # the edge loads.
            if changes:
                journey.describe(**changes.pop(0))
            journey.pulumi_up()
        prober.wait_for(REQUESTS, seconds=120)
        assert prober.at_work, "something was changed while nothing was asked"
    print(prober.journal)
    assert prober.journal.failures == {}, prober.journal
    assert prober.journal.requests >= REQUESTS, prober.journal
    served.assert_written_once(prober.journal)
    running = docker("exec", journey.container("service"), "cat", "config/release_number.py")
    assert running.strip() == f"NUMBER = {RELEASES}"


def test_nothing_of_the_old_ones_is_left_and_the_checks_are_green(served: Served) -> None:
    up = served.journey.ops("up")
    assert up.returncode == 0, up.stdout + up.stderr
    assert len(served.journey.objects("container")) == 9


def test_settings_that_nginx_would_refuse_are_found_by_a_second_nginx(served: Served) -> None:
    edge = served.journey.container("edge")
    names = docker("exec", edge, "ls", "/run/upshift").split()
    contents = {name: docker("exec", edge, "cat", f"/run/upshift/{name}") for name in names}
    image = docker("inspect", "-f", "{{.Image}}", edge).strip()
    topology = load_topology(served.journey.stack)

    def tried(given: dict[str, str]) -> None:
        loop = asyncio.new_event_loop()
        with closing(loop):
            loop.run_until_complete(edge_config.validate(topology, image=image, contents=given))

    tried(contents)
    wrong = contents["nginx.conf"].replace("listen 8080", "listen 80800")
    with pytest.raises(pulumi.RunError, match="80800"):
        tried({**contents, "nginx.conf": wrong})
    with pytest.raises(pulumi.RunError, match="tls.key"):
        tried({**contents, "tls.key": "no key"})


def test_both_ends_come_back_in_any_order(served: Served) -> None:
    ends = [served.journey.container(part) for part in ("edge", "service")]
    for order in (ends, ends[::-1]):
        docker("kill", *order)
        docker("start", *order)
        with served.edge_address().client() as client:
            deadline = time.monotonic() + 60
            while not answers(client) and time.monotonic() < deadline:
                time.sleep(0.5)
            assert answers(client)


def answers(client: httpx.Client) -> bool:
    """Whether the service answers through the edge."""
    try:
        return client.get("/health/live").status_code == 200
    except httpx.TransportError:
        return False


# As if two hours had gone by since it last ran: it is due every hour.
LONG_AGO = """
import datetime, shelve
with shelve.open("/var/lib/beat/schedule", writeback=True) as kept:
    kept["entries"]["purge-outbox"].last_run_at -= datetime.timedelta(hours=2)
"""


def test_a_task_runs_whose_interval_is_longer_than_the_time_between_releases(
    served: Served,
) -> None:
    journey = served.journey
    old = journey.container("beat")
    image = docker("inspect", "-f", "{{.Image}}", old).strip()
    docker("stop", old)
    kept = ["--network=none", "--user=10001:10001", "--volumes-from", old, "--cap-drop=ALL"]
    docker(
        "run",
        "--rm",
        *kept,
        f"--label=upshift.test={journey.stack}",
        image,
        "python",
        "-c",
        LONG_AGO,
    )
    journey.describe(beat={"limits": {"memory": 200, "cpus": 0.5}})
    journey.pulumi_up()
    new = journey.container("beat")
    assert new != old
    deadline = time.monotonic() + 60
    while "purge-outbox" not in sent_by(new) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert "purge-outbox" in sent_by(new)


def sent_by(beat: str) -> set[str]:
    """The entries of the schedule that a beat has sent."""
    done = subprocess.run(["docker", "logs", beat], capture_output=True, text=True)
    return set(re.findall(r"Sending due task ([a-z-]+)", done.stdout + done.stderr))


def test_a_successor_that_never_becomes_ready_changes_nothing(served: Served) -> None:
    journey = served.journey
    before = {part: journey.container(part) for part in ("service", "worker", "beat", "edge")}
    good = journey.described["app"]
    # The release job does not read it, and Gunicorn finds nothing there to serve.
    wrong = {
        **good,
        "wsgi": "config.wsgi:nothing",
        "environment": {**good["environment"], "A": "1"},
    }
    with Prober(served.edge_address(), served.load()) as prober:
        journey.describe(app=wrong)
        with pytest.raises(AssertionError, match="did not become ready"):
            journey.pulumi_up()
        assert {part: journey.container(part) for part in before} == before
        assert stopped(journey) == {"service", "worker", "beat"}
        again = journey.ops("up")  # it is tried again, and says the same
        told = again.stdout + again.stderr
        assert again.returncode == 5, told
        assert "did not become ready" in told and "nothing" in told
        assert {part: journey.container(part) for part in before} == before
        journey.describe(app=good)
        journey.pulumi_up()
        assert prober.at_work
    assert prober.journal.requests > 100 and prober.journal.failures == {}, prober.journal
    served.assert_written_once(prober.journal)
    assert {part: journey.container(part) for part in before} == before
    assert len(journey.objects("container")) == 9


def stopped(journey: Journey) -> set[str]:
    """The components of which a container does not run: what a failed successor leaves."""
    mine = ["--filter", f"label=upshift.test={journey.stack}", "--filter", "label=upshift.instance"]
    ended = ["--filter", "status=exited", "--filter", "status=created"]
    shape = '{{.Label "upshift.component"}}'
    return set(docker("ps", "-a", *mine, *ended, "--format", shape).split())
