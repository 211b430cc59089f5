"""Phase 1 from nothing to nothing, in order: each test continues where the previous one ended."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.journey.conftest import Journey, docker
from tests.journey.running import client, notes, smoke_headers, started

pytestmark = pytest.mark.journey
DATA = {"postgres-data", "redis-queue-data"}


def test_up_from_nothing_is_verified(journey: Journey) -> None:
    up = journey.ops("up")
    assert up.returncode == 0, up.stdout + up.stderr
    assert f"https://localhost:{journey.described['edge']['https_port']}" in up.stdout
    with client(journey) as http:
        assert http.get("/health/ready").status_code == 200


def test_a_second_up_changes_nothing(journey: Journey) -> None:
    before = started(journey)
    assert len(before) == 9
    up = journey.ops("up")
    assert up.returncode == 0, up.stdout + up.stderr
    assert started(journey) == before


def test_the_checks_are_green_by_themselves(journey: Journey) -> None:
    check = journey.ops("check")
    assert check.returncode == 0, check.stdout + check.stderr


SILENT = """
import http.client, socket, time

class Gunicorn(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("/run/service/live.sock")

silent = [Gunicorn("localhost") for _ in range(8)]
for each in silent:
    each.connect()
time.sleep(0.3)
began, asking = time.monotonic(), Gunicorn("localhost")
asking.request("GET", "/health/live")
print(asking.getresponse().status, time.monotonic() - began)
"""


def test_idle_connections_do_not_block_requests(journey: Journey) -> None:
    told = docker("exec", journey.container("service"), "python", "-c", SILENT)
    status, seconds = told.split()
    assert status == "200" and float(seconds) < 4, "with Gunicorn's own wait it takes 20 s"


def test_a_body_that_the_service_refuses_is_answered_by_the_service(journey: Journey) -> None:
    """Between the service's limit and the edge's: 413 each time, where some were 502."""
    body = b'{"title": "' + b"x" * 12 * 1024 * 1024 + b'"}'
    headers = {"Content-Type": "application/json"}
    with client(journey) as http:
        answers = [
            http.post("/api/v1/auth/login/", content=body, headers=headers) for _ in range(20)
        ]
    assert {answer.status_code for answer in answers} == {413}


def test_a_changed_setting_changes_only_what_it_should(journey: Journey) -> None:
    before = started(journey)
    journey.describe(edge={**journey.described["edge"], "body_limit": 20})
    up = journey.ops("up")
    assert up.returncode == 0, up.stdout + up.stderr
    after = started(journey)
    changed = {name for name in before if before[name] != after[name]}
    # The edge loads its settings in the running container.
    assert changed == {journey.container("files")}
    loaded = docker(
        "exec", journey.container("edge"), "grep", "body_size", "/run/upshift/nginx.conf"
    )
    assert "20m" in loaded


def processes(journey: Journey, component: str) -> set[str]:
    """The numbers of a container's processes, as the machine counts them."""
    return set(docker("top", journey.container(component), "-eo", "pid").split()[1:])


def test_simultaneous_logins_end_no_process(journey: Journey) -> None:
    """A hash takes 100 MiB: with the default sizes four at once exceeded the container's memory."""
    before, status = processes(journey, "service"), []

    def log_in(number: int) -> None:
        given = {"email": f"nobody{number}@example.com", "password": "a long sentence"}
        with client(journey) as http:
            status.append(http.post("/api/v1/auth/login/", json=given).status_code)

    assert len(before) >= 3, "Gunicorn and its workers"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(log_in, range(8)))
    assert len(status) == 8 and set(status) <= {401, 429, 503}, status
    assert status.count(401) >= 2, "some are served"
    assert processes(journey, "service") == before
    said = docker("logs", journey.container("service"))
    assert "SIGKILL" not in said and "out of memory" not in said


def test_without_the_cache_it_serves_and_the_checks_are_red(journey: Journey) -> None:
    cache = journey.container("redis-cache")
    docker("pause", cache)
    try:
        with client(journey) as http:
            ready = http.get("/health/ready")
            assert (ready.status_code, ready.json()["degraded"]) == (200, ["cache"])
            assert http.get("/api/v1/projects/public/").status_code == 200
        check = journey.ops("check")
        assert check.returncode != 0
        assert "test_each_part_of_readiness_is_ok" in check.stdout + check.stderr
    finally:
        docker("unpause", cache)


def test_metrics_require_their_token(journey: Journey) -> None:
    """Over the service's own socket, which the edge is not between."""
    ask = "curl -s -o /dev/null -w %{http_code} --unix-socket $(ls /run/service/*.sock | head -n 1)"
    token = '-H "Authorization: Bearer $(cat /run/upshift/metrics-token)"'
    inside = ["exec", journey.container("service"), "sh", "-c"]
    assert docker(*inside, f"{ask} http://localhost/metrics") == "404"
    assert docker(*inside, f"{ask} {token} http://localhost/metrics") == "200"


def test_a_killed_service_comes_back(journey: Journey) -> None:
    name = journey.container("service")
    docker("kill", name)
    up = journey.ops("up")
    assert up.returncode == 0, up.stdout + up.stderr
    assert docker("inspect", "-f", "{{.State.Status}}", name).strip() == "running"


def test_destroy_leaves_nothing_but_data_and_up_finds_it(journey: Journey) -> None:
    with client(journey) as http:
        note = {"title": "kept", "body": "over destroy"}
        made = http.post("/api/v1/notes/", json=note, headers=smoke_headers(journey))
    assert made.status_code == 201, made.text
    destroy = journey.ops("destroy", "--yes")
    assert destroy.returncode == 0, destroy.stdout + destroy.stderr
    assert journey.objects("container") == set()
    assert journey.objects("network") == set()
    assert journey.objects("volume") == {f"upshift-{journey.stack}-{name}" for name in DATA}
    up = journey.ops("up")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "kept" in [note["title"] for note in notes(journey)]


def test_a_failed_release_stops_the_up_with_its_log_and_a_rerun_goes_on(journey: Journey) -> None:
    service = started(journey)[journey.container("service")]
    broken = ["python", "-c", "raise SystemExit('no such column: the migration failed')"]
    journey.describe(app={"release": [broken]})
    up = journey.ops("up")
    assert up.returncode == 5, up.stdout + up.stderr
    assert "the migration failed" in up.stdout + up.stderr
    assert started(journey)[journey.container("service")] == service
    journey.describe(app={})
    again = journey.ops("up")
    assert again.returncode == 0, again.stdout + again.stderr


def test_secrets_are_nowhere_in_the_clear(journey: Journey) -> None:
    password = docker(
        "exec", journey.container("service"), "cat", "/run/upshift/database-password"
    ).strip()
    assert len(password) >= 40
    state = "".join(
        path.read_text(errors="replace") for path in journey.backend.rglob("*") if path.is_file()
    )
    assert "postgres-data" in state and password not in state
    shown = docker("inspect", *started(journey)) + journey.ops("config").stdout
    assert password not in shown
    status = journey.ops("status", "--json")
    assert status.returncode == 0 and json.loads(status.stdout)


def test_destroy_with_data_leaves_nothing(journey: Journey) -> None:
    refused = journey.ops("destroy", "--data", "--yes")
    assert refused.returncode != 0
    destroy = journey.ops("destroy", "--data", "--yes", "--data-confirm", journey.stack)
    assert destroy.returncode == 0, destroy.stdout + destroy.stderr
    deadline = time.monotonic() + 10
    while journey.objects("volume") and time.monotonic() < deadline:
        time.sleep(0.5)
    for kind in ("container", "network", "volume"):
        assert journey.objects(kind) == set()
