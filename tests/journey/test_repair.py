"""Corrupt data: what `ops` says of it, and what `ops repair` repairs. Real servers, each alone."""

from collections.abc import Iterator

import pytest

from stacks.instances import list_command
from stacks.loading import load_topology
from tests.journey.conftest import Journey, docker
from tests.journey.single_server import (
    broken,
    eventually,
    execute,
    inside,
    redis,
    redis_queue,
    start,
    status,
)

pytestmark = pytest.mark.journey
FOLDER = "/data/appendonlydir"
INCR = f"$(ls {FOLDER}/*.incr.aof)"
PGDATA = "/var/lib/postgresql/data"
BIN = "/usr/lib/postgresql/17/bin"


@pytest.fixture(scope="module")
def queue(journey: Journey) -> Iterator[str]:
    """The queue's Redis, with a key that must survive."""
    with redis_queue(journey) as name:
        yield name


def repaired(journey: Journey, *words: str) -> str:
    """`ops repair` ends well; what it said."""
    done = journey.ops("repair", "redis-queue", "--yes", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_queue_that_is_well_is_left_alone(journey: Journey, queue: str) -> None:
    assert redis(queue, "set", "kept", "yes") == "OK"
    assert docker(*list_command(load_topology(journey.stack))[1:]).count("redis-queue") >= 1
    before = docker("inspect", "-f", "{{.State.StartedAt}}", queue)
    done = journey.ops("repair", "redis-queue", "--yes")
    assert done.returncode == 3 and "there is nothing to repair" in done.stderr
    assert docker("inspect", "-f", "{{.State.StartedAt}}", queue) == before


def test_zeros_at_the_end_are_cut_and_a_copy_is_kept(journey: Journey, queue: str) -> None:
    broken(queue, f"head -c 4096 /dev/zero >> {INCR}")
    before = inside(queue, f"sha256sum {INCR}")
    tried = execute(journey, "redis-queue", "--", "redis-cli", "ping")
    assert tried.returncode == 3 and "Bad file format reading the append only" in tried.stderr
    assert f"ops repair {journey.stack} redis-queue keeps a copy" in tried.stderr
    asked = journey.ops("repair", "redis-queue")  # there is no terminal to answer on
    assert asked.returncode == 1 and "remove the last 4096 of" in asked.stdout
    assert inside(queue, f"sha256sum {INCR}") == before
    assert f"{FOLDER}." not in inside(queue, "ls -d /data/*")
    told = repaired(journey)
    assert "4096 of " in told and "were removed" in told and f"{queue} is healthy" in told
    assert redis(queue, "get", "kept") == "yes"
    (copy,) = inside(queue, f"ls -d {FOLDER}.*").split()
    assert inside(queue, f"cat {copy}/*.incr.aof | sha256sum").split()[0] == before.split()[0]
    assert f"rm -r {copy}" in told
    removed = execute(journey, "redis-queue", "--", "rm", "-r", copy)
    assert removed.returncode == 0, removed.stderr


def test_a_file_that_was_cut_short_is_read_up_to_there(queue: str) -> None:
    """As `aof-load-truncated yes` says, which is written down in redis.conf."""
    assert redis(queue, "set", "last", "half-written") == "OK"
    docker("kill", queue)
    inside(queue, f"truncate -s -5 {INCR}")
    docker("start", queue)
    eventually(lambda: status(queue) == "running healthy", what="it starts")
    assert redis(queue, "get", "kept") == "yes" and redis(queue, "get", "last") == ""


def test_a_broken_manifest_is_written_anew(journey: Journey, queue: str) -> None:
    """`redis-check-aof --fix` alone would empty it, and say that all is well."""
    broken(queue, f"echo rubbish > {FOLDER}/appendonly.aof.manifest")
    told = repaired(journey)
    assert "write the manifest again" in told
    assert redis(queue, "get", "kept") == "yes"


def test_what_cannot_be_mended_is_put_aside_when_told(journey: Journey, queue: str) -> None:
    broken(
        queue, f"printf XXXXXXXXXXXX | dd of=$(ls {FOLDER}/*.base.rdb) bs=1 seek=20 conv=notrunc"
    )
    done = journey.ops("repair", "redis-queue", "--yes")
    assert done.returncode == 3 and "cannot repair the queue's file" in done.stderr
    assert f"ops repair {journey.stack} redis-queue --start-empty" in done.stderr
    told = repaired(journey, "--start-empty")
    assert "all users are logged out" in told and redis(queue, "get", "kept") == ""
    assert "appendonly.aof.1.base.rdb" in inside(queue, f"ls {FOLDER}.*")


def test_a_file_whose_container_is_gone_is_mended_too(journey: Journey, queue: str) -> None:
    """As after an up that removed the container and could not make it again."""
    docker("kill", queue)
    inside(queue, f"head -c 10 /dev/zero >> {INCR}")
    docker("rm", queue)
    told = repaired(journey)
    assert "10 of " in told and f"the container {queue} does not exist; next: ops up" in told


def test_a_database_with_broken_files_says_what_to_do_first(journey: Journey, queue: str) -> None:
    made = f"test -e {PGDATA}/pg || {BIN}/initdb --no-sync -D {PGDATA}/pg > /dev/null"
    serve = f"exec {BIN}/postgres -D {PGDATA}/pg -c listen_addresses= -k /tmp"
    command = ["sh", "-c", f"{made}; {serve}"]
    ping = f"{BIN}/pg_isready -q -h /tmp"
    name = start(journey, "postgres", at=PGDATA, user="10003:10003", command=command, ping=ping)
    try:
        broken(name, f"for f in {PGDATA}/pg/pg_wal/0*; do head -c 16777216 /dev/zero > $f; done")
        tried = execute(journey, "postgres", "--", "psql")
        assert tried.returncode == 3, tried.stdout + tried.stderr
        assert "could not locate a valid checkpoint record" in tried.stderr
        assert (
            "copy the volume" in tried.stderr and "pg_resetwal is the last resort" in tried.stderr
        )
    finally:
        docker("rm", "-f", name)
