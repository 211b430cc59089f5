"""`ops logs`, `exec`, `copy` and `restart` of one component: a real server of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.conftest import Journey, docker
from tests.journey.single_server import execute, inside, redis, redis_queue

pytestmark = pytest.mark.journey
BYTES = bytes(range(256)) * 64  # no text in any encoding


@pytest.fixture(scope="module")
def queue(journey: Journey) -> Iterator[str]:
    """The queue's Redis."""
    with redis_queue(journey) as name:
        yield name


def test_the_log_is_that_of_the_component(journey: Journey, queue: str) -> None:
    done = journey.ops("logs", "redis-queue", "--tail", "5")
    assert done.returncode == 0 and "Ready to accept connections" in done.stdout + done.stderr


def test_a_command_gets_its_own_options_and_exit_code(journey: Journey, queue: str) -> None:
    done = execute(journey, "redis-queue", "--", "sh", "-c", "echo inside; exit 7")
    assert (done.returncode, done.stdout) == (7, "inside\n")


def test_a_file_is_copied_in_and_out_byte_by_byte(
    journey: Journey, queue: str, tmp_path: Path
) -> None:
    given = tmp_path / "given"
    given.write_bytes(BYTES)
    copied = journey.ops("copy", str(given), "redis-queue:/data/given")
    assert copied.returncode == 0, copied.stderr
    folder = tmp_path / "back"
    folder.mkdir()
    copied = journey.ops("copy", "redis-queue:/data/given", str(folder))
    assert copied.returncode == 0, copied.stderr
    assert (folder / "given").read_bytes() == BYTES
    missing = journey.ops("copy", "redis-queue:/data/none", str(folder))
    assert missing.returncode == 9 and "No such file" in missing.stderr
    assert not (folder / "none").exists()
    both = journey.ops("copy", "redis-queue:/data/given", "redis-queue:/data/other")
    assert both.returncode == 3 and "exactly one of the two files" in both.stderr


def test_a_restart_ends_healthy_and_keeps_the_data(journey: Journey, queue: str) -> None:
    assert redis(queue, "set", "kept", "yes") == "OK"
    before = docker("inspect", "-f", "{{.State.StartedAt}}", queue)
    done = journey.ops("restart", "redis-queue")
    assert done.returncode == 0 and "redis-queue is healthy" in done.stdout, done.stderr
    assert docker("inspect", "-f", "{{.State.StartedAt}}", queue) != before
    assert redis(queue, "get", "kept") == "yes"


def test_a_component_without_a_container_is_named(journey: Journey, queue: str) -> None:
    done = journey.ops("logs", "postgres")
    assert done.returncode == 3 and f"ops up {journey.stack}" in done.stderr
    assert "-postgres does not exist" in done.stderr
    inside(queue, "rm -f /data/given")
