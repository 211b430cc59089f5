"""A secret of the user's own: set, read by the service and the worker, changed, removed."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stacks.loading import stack_file
from stacks.topology import PROJECT
from tests.journey.conftest import Journey, docker
from tests.terminal import typed

pytestmark = pytest.mark.journey
FIRST, SECOND, OTHER = (f"canary-{secrets.token_hex(12)}" for _ in range(3))
VALUES = (FIRST, SECOND, OTHER)
COMPONENTS = ("service", "worker", "beat")
FILE = "/run/upshift/secrets"


def read(journey: Journey, component: str, name: str) -> str:
    return docker("exec", journey.container(component), "cat", f"{FILE}/{name}")


@contextmanager
def process_list() -> Iterator[set[str]]:
    """Every command line that is seen on the machine meanwhile."""
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue
            time.sleep(0.005)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def test_a_secret_is_handed_over_and_is_nowhere_in_the_clear(
    journey: Journey, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text(FIRST + "\n")
    with process_list() as seen:
        named = journey.ops("secret", "set", "MAIL_PASSWORD", "--from-file", f"{tmp_path}/password")
        piped = journey.ops("secret", "set", "SMS_TOKEN", given=OTHER)
    assert (named.returncode, piped.returncode) == (0, 0), named.stderr + piped.stderr
    assert any("config set upshift-secret:MAIL_PASSWORD" in command for command in seen)
    up = journey.ops("up")
    assert up.returncode == 0, up.stdout + up.stderr
    for component in COMPONENTS:
        assert read(journey, component, "MAIL_PASSWORD") == FIRST
        assert read(journey, component, "SMS_TOKEN") == OTHER
    listed = journey.ops("secret", "list")
    assert "MAIL_PASSWORD" in listed.stdout and "SMS_TOKEN" in listed.stdout
    said = "".join(done.stdout + done.stderr for done in (named, piped, up, listed))
    _nowhere(journey, *seen, said)


def test_plain_pulumi_up_hands_over_a_changed_one_and_takes_away_a_removed_one(
    journey: Journey,
) -> None:
    changed = journey.ops("secret", "set", "MAIL_PASSWORD", given=SECOND)
    removed = journey.ops("secret", "remove", "SMS_TOKEN")
    assert (changed.returncode, removed.returncode) == (0, 0), changed.stderr + removed.stderr
    told = journey.pulumi("up", "--yes", "--skip-preview", "--non-interactive", "--diff")
    for component in COMPONENTS:
        assert read(journey, component, "MAIL_PASSWORD") == SECOND
        there = docker("exec", journey.container(component), "ls", FILE).split()
        assert there == ["MAIL_PASSWORD"]
    _nowhere(journey, told, changed.stdout, removed.stdout)


def _nowhere(journey: Journey, *texts: str) -> None:
    """No value is in what was said, in Docker's description, in the state or the stack file."""
    names = sorted(journey.objects("container"))
    assert journey.container("service") in names
    state = [path for path in journey.backend.rglob("*") if path.is_file()]
    kept = [*state, stack_file(journey.stack), PROJECT / ".upshift" / "audit.jsonl"]
    read = [path.read_text(errors="replace") for path in kept]
    assert any("upshift-secret:MAIL_PASSWORD" in text for text in read)
    whole = "\n".join([*texts, *read, docker("inspect", *names)])
    assert [value for value in VALUES if value in whole] == []


def test_a_variable_in_its_place_is_refused_with_the_command(journey: Journey) -> None:
    journey.describe(app={"environment": {"MAIL_PASSWORD": FIRST}})
    up = journey.ops("up")
    assert up.returncode == 2
    assert f"ops secret set {journey.stack} MAIL_PASSWORD" in up.stderr
    assert FIRST not in up.stdout + up.stderr
    journey.describe(app={})


def test_a_prompt_does_not_show_what_is_typed(journey: Journey) -> None:
    value = f"canary-{secrets.token_hex(12)}"
    code, shown = typed(
        journey.command("secret", "set", "TYPED"),
        answers=[("value of TYPED", value), ("Repeat", value)],
        cwd=PROJECT,
        env=journey.variables(),
    )
    assert code == 0, shown
    assert "TYPED is stored" in shown and value not in shown
    kept = journey.pulumi("config", "get", "upshift-secret:TYPED").strip()
    assert kept == value
