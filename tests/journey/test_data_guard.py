"""Data that is missing or has another name, and limits above the machine: refused in time.

In order: each test continues from the state that the previous one left.
"""

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from stacks.loading import load_topology
from stacks.processes import process_limit
from tests.certificates import write
from tests.journey.assert_unchanged import assert_unchanged, containers_unchanged, refused
from tests.journey.conftest import Journey, docker
from tests.journey.lost_data import authority, good, lose, pulumi_refused, run_hint
from tests.journey.running import client, notes, smoke_headers, started

pytestmark = pytest.mark.journey


def test_up_from_nothing(journey: Journey) -> None:
    good(journey)
    with client(journey) as http:
        note = {"title": "kept", "body": "before all"}
        made = http.post("/api/v1/notes/", json=note, headers=smoke_headers(journey))
    assert made.status_code == 201, made.text


def test_nothing_is_changed_twice(journey: Journey) -> None:
    before = started(journey)
    good(journey)
    assert started(journey) == before


def test_more_cpus_than_the_machine_has(journey: Journey) -> None:
    most = int(docker("info", "--format", "{{.NCPU}}"))
    before = journey.described.get("postgres", {})
    limits = {"memory": 384, "cpus": most + 1.0}
    journey.describe(postgres={**before, "limits": limits})
    said = f"topology.postgres.limits.cpus is {most + 1}, and the engine's machine has {most}"
    refused(journey, said, "topology.postgres.limits.cpus", code=3)
    with containers_unchanged(journey):
        pulumi_refused(journey, said)
    journey.describe(postgres=before)


FORKS = """
import os, time
made = []
try:
    for _ in range(2000):
        child = os.fork()
        if child == 0:
            time.sleep(5)
            os._exit(0)
        made.append(child)
except BlockingIOError:
    pass
print(len(made))
for child in made:
    os.kill(child, 9)
    os.waitpid(child, 0)
"""


def test_a_fork_bomb_ends_at_its_container(journey: Journey) -> None:
    most = process_limit(load_topology(journey.stack), "redis-queue")
    shell = "i=0; while [ $i -lt 2000 ]; do sleep 5 & i=$((i+1)); done; wait"
    done = subprocess.run(
        ["docker", "exec", journey.container("redis-queue"), "sh", "-c", shell],
        capture_output=True,
        text=True,
    )
    assert "fork" in done.stderr.lower(), f"2000 processes, and the limit is {most}"
    made = int(docker("exec", journey.container("worker"), "python", "-c", FORKS))
    assert 0 < made < process_limit(load_topology(journey.stack), "worker")
    check = journey.ops("check")
    assert check.returncode == 0, check.stdout + check.stderr


def test_a_docker_context_that_names_another_engine(journey: Journey, tmp_path: Path) -> None:
    own = {"DOCKER_CONFIG": str(tmp_path / "docker"), "DOCKER_CONTEXT": ""}
    socket = f"unix://{tmp_path}/none.sock"
    environment = {**os.environ, **own}
    for words in (["create", "other", "--docker", f"host={socket}"], ["use", "other"]):
        subprocess.run(["docker", "context", *words], check=True, env=environment)
    journey.environment |= own
    try:
        refused(journey, "Docker does not answer", "none.sock", "context use default", code=3)
        pulumi_refused(
            journey,
            f"Docker's context names the engine {socket}, and Pulumi would use another",
            verb="preview",
            then="unset DOCKER_HOST;",
        )
    finally:
        for name in own:
            del journey.environment[name]


def test_a_database_is_renamed_in_place_or_not_at_all(journey: Journey, tmp_path: Path) -> None:
    first = authority(journey)
    certificate = write(tmp_path, names=["localhost", "127.0.0.1"])
    journey.describe(
        postgres={"database": "my_shop"},
        edge={**journey.described["edge"], "certificate": certificate},
    )
    said = "topology.postgres.database is 'my_shop', and this stack's data is in 'app'"
    refused(journey, said, "set postgres.database: app again", code=3)
    pulumi_refused(journey, said)
    hint = journey.ops("up").stderr
    run_hint(hint)
    good(journey)
    names = docker(
        *["exec", journey.container("postgres"), "psql", "-h", "/run/postgresql", "-U", "postgres"],
        *["-Atc", "SELECT datname FROM pg_database WHERE NOT datistemplate"],
    )
    assert set(names.split()) == {"postgres", "my_shop"}
    assert authority(journey) == first, "with files of the user's the authority stays"


def test_a_lost_volume_is_refused_and_comes_back_from_a_copy(
    journey: Journey, tmp_path: Path
) -> None:
    first = authority(journey)
    edge = {k: v for k, v in journey.described["edge"].items() if k != "certificate"}
    journey.describe(edge=edge)
    volume = f"upshift-{journey.stack}-postgres-data"
    docker("stop", journey.container("postgres"))
    copy = tmp_path / "copy.tar"
    with copy.open("wb") as file:
        look = ["docker", "run", "--rm", "-v", f"{volume}:/data:ro", "debian:trixie-slim"]
        subprocess.run([*look, "tar", "-cpf", "-", "-C", "/data", "."], check=True, stdout=file)
    lose(journey, "postgres-data")
    said = f"data is missing: the volume {volume} does not exist any more"
    refused(journey, said, "--accept-data-loss postgres-data", code=3)
    pulumi_refused(journey, said)
    # A refresh forgets the volume, and not that there was one.
    journey.pulumi("refresh", "--yes", "--skip-preview", "--non-interactive")
    pulumi_refused(journey, said)
    hint = journey.ops("up").stderr
    run_hint(hint, replace=("COPY.tar", str(copy)))
    good(journey)
    assert "kept" in [note["title"] for note in notes(journey)]
    assert authority(journey) == first


def test_an_emptied_volume_is_refused(journey: Journey) -> None:
    volume = f"upshift-{journey.stack}-postgres-data"
    docker("stop", journey.container("postgres"))
    remove = ["run", "--rm", "-v", f"{volume}:/data", "debian:trixie-slim", "sh", "-c"]
    docker(*remove, "mv /data/pgdata /data/away")
    said = f"data is missing: the volume {volume} no longer holds this stack's database cluster"
    with assert_unchanged(journey):
        up = journey.ops("up")
    assert up.returncode == 3 and said in up.stderr, up.stdout + up.stderr
    # Nor does PostgreSQL itself begin anew over what was there.
    docker("start", journey.container("postgres"))
    deadline = time.monotonic() + 20
    told = ""
    while "the database cluster is gone" not in told and time.monotonic() < deadline:
        time.sleep(0.5)
        log = ["docker", "logs", "--tail", "20", journey.container("postgres")]
        said_now = subprocess.run(log, capture_output=True, text=True)
        told = said_now.stdout + said_now.stderr
    docker("stop", journey.container("postgres"))
    assert "the database cluster is gone" in told
    docker(*remove, "mv /data/away /data/pgdata")


def test_continuing_without_the_data_needs_its_name(journey: Journey) -> None:
    lose(journey, "postgres-data")
    up = journey.ops("up", "--accept-data-loss", "everything")
    assert up.returncode == 3 and "names unknown data" in up.stderr
    told = good(journey, "--accept-data-loss", "postgres-data")
    assert re.search(r"\d+ smoke checks passed", told)
    assert "kept" not in [note["title"] for note in notes(journey)]
    good(journey)


def test_everything_can_be_destroyed(journey: Journey) -> None:
    destroy = journey.ops("destroy", "--data", "--yes", "--data-confirm", journey.stack)
    assert destroy.returncode == 0, destroy.stdout + destroy.stderr
    assert journey.objects("container") == set()
