"""An environment that is killed, changed by hand, broken, and taken away with all its secrets.

In order: each test goes on from where the last one ended.
"""

import gzip
import json
import shutil
import time
from pathlib import Path

import pytest

from ops import orphans
from ops.environment import PULUMI_HOME
from stacks.loading import load_topology
from stacks.release import release_id
from stacks.topology import PROJECT
from tests.bundled import bundled_app
from tests.journey.conftest import Journey, docker
from tests.journey.halfway import assert_a_rerun_ends_green, up_until
from tests.journey.untouched import refused, untouched

pytestmark = pytest.mark.journey
BACKGROUND = ["sh", "-c", 'trap "" INT; exec "$0" "$@"']  # as a script's `&` starts a program


@pytest.fixture(scope="module")
def app(journey: Journey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the service, to be edited; the stack deploys it."""
    ignored = shutil.ignore_patterns("__pycache__")
    copied = tmp_path_factory.mktemp("project") / "app"
    shutil.copytree(PROJECT / "app", copied, ignore=ignored)
    edge = {**journey.described["edge"], "headers": "api"}
    journey.describe(app=bundled_app(copied), edge=edge)
    return copied


def ended(stack: str) -> bool:
    """Whether no Pulumi of this stack is left, within a minute and a half."""
    deadline = time.monotonic() + 90
    while orphans.leaders(stack) and time.monotonic() < deadline:
        time.sleep(0.2)
    return not orphans.leaders(stack)


def releases(journey: Journey) -> set[str]:
    """The releases that the containers of this journey run."""
    names = [name for name in journey.objects("container") if "service" in name]
    shape = '{{index .Config.Labels "upshift.release"}}'
    return set(docker("inspect", "-f", shape, *names).split()) if names else set()


def test_a_kill_at_the_start_of_pulumi_deploys_no_later_edit(journey: Journey, app: Path) -> None:
    """`ops up &` in a script, `kill -9` as soon as Pulumi began, and an edit after that."""
    journey.through = BACKGROUND
    running = up_until(journey, "==> pulumi up")
    journey.through = []
    running.kill()
    (app / "config" / "edited.py").write_text("")
    running.communicate(timeout=60)
    assert ended(journey.stack), "Pulumi still works"
    assert releases(journey) == set()
    again = up_until(journey, "==> pulumi up")
    fixed = release_id(load_topology(journey.stack))
    meanwhile = app / "config" / "edited_meanwhile.py"
    meanwhile.write_text("")  # for the run after this one
    told, _ = again.communicate(timeout=600)
    meanwhile.unlink()
    assert again.returncode == 0, told
    assert releases(journey) == {fixed}


def test_what_was_changed_by_hand_is_found_and_mended(journey: Journey) -> None:
    prefix = f"upshift-{journey.stack}"
    back = f"{prefix}-back"
    attached = docker("network", "inspect", "-f", "{{range .Containers}}{{.Name}} {{end}}", back)
    for name in attached.split():
        docker("network", "disconnect", "-f", back, name)
    docker("network", "rm", back)
    docker("rename", f"{prefix}-edge", f"{prefix}-elsewhere")
    docker("rm", "-f", f"{prefix}-files", f"{prefix}-redis-cache")
    docker("volume", "rm", f"{prefix}-files-redis-cache")
    up = journey.ops("up")
    assert up.returncode == 0, up.stdout + up.stderr
    for words in (
        f"the network {back} was removed",
        f"the container {prefix}-postgres is not on the network {back}",
        f"the volume {prefix}-files-redis-cache was removed",
        f"the container {prefix}-files was removed",
        f"the container {prefix}-edge was renamed to {prefix}-elsewhere",
    ):
        assert f"changed by hand: {words}" in up.stdout
    assert "smoke checks passed" in up.stdout


def test_one_container_that_lost_a_network_is_mended(journey: Journey) -> None:
    prefix = f"upshift-{journey.stack}"
    docker("network", "disconnect", f"{prefix}-front", f"{prefix}-edge")
    up = journey.ops("up")
    assert up.returncode == 0, up.stdout + up.stderr
    assert f"the container {prefix}-edge is not on the network {prefix}-front" in up.stdout
    again = journey.ops("up")
    assert "changed by hand" not in again.stdout and "unchanged" in again.stdout


def test_a_broken_queue_is_named_by_up_and_mended_by_the_verb(journey: Journey) -> None:
    queue = f"upshift-{journey.stack}-redis-queue"
    image = docker("inspect", "-f", "{{.Config.Image}}", queue).strip()
    docker("kill", queue)
    words = ["run", "--rm", "--network", "none", "--user", "10004", "--volumes-from", queue]
    zeros = "head -c 4096 /dev/zero >> $(ls /data/appendonlydir/*.incr.aof)"
    docker(*words, image, "sh", "-c", zeros)
    docker("start", queue)
    up = journey.ops("up")
    assert up.returncode == 5, up.stdout + up.stderr
    assert "Bad file format reading the append only file" in up.stderr
    assert f"ops repair redis-queue {journey.stack}" in up.stderr
    mended = journey.ops("repair", "redis-queue", "--yes")
    assert mended.returncode == 0 and "4096 of" in mended.stdout, mended.stdout + mended.stderr
    assert_a_rerun_ends_green(journey)


def state_file(journey: Journey) -> Path:
    """The stack's state."""
    (path,) = journey.backend.glob(f".pulumi/stacks/*/{journey.stack}.json")
    return path


def test_a_state_that_was_cut_short_is_named_and_restored(journey: Journey) -> None:
    path = state_file(journey)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    said = f"the state of '{journey.stack}' is broken"
    refused(journey, said, f"{path}.bak (of 20", f"ops state restore {journey.stack}", code=3)
    with untouched(journey):
        for verb in (["destroy", "--yes"], ["preview"]):
            done = journey.ops(*verb)
            assert done.returncode == 3 and said in done.stderr, done.stdout + done.stderr
    restored = journey.ops("state", "restore", "--yes")
    assert restored.returncode == 0, restored.stdout + restored.stderr
    up = journey.ops("up")
    assert up.returncode == 0, up.stdout + up.stderr


def secrets_of(journey: Journey) -> set[bytes]:
    """Every encrypted value in the state."""
    found: set[bytes] = set()

    def collect(value: object) -> None:
        if isinstance(value, dict):
            if isinstance(cipher := value.get("ciphertext"), str):
                found.add(cipher.encode())
            for each in value.values():
                collect(each)
        elif isinstance(value, list):
            for each in value:
                collect(each)

    collect(json.loads(state_file(journey).read_text()))
    return found


def text_of(path: Path) -> bytes:
    """A file's content, unpacked when it is packed."""
    content = path.read_bytes()
    try:
        return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    except EOFError:
        return content


def test_destroy_with_data_leaves_no_encrypted_secret(journey: Journey) -> None:
    kept = secrets_of(journey)
    others = journey.backend / ".pulumi" / "stacks" / "upshift" / f"{journey.stack}-2.json"
    others.write_text("another stack's")
    logs = PULUMI_HOME / "logs"
    mine = f"organization+upshift+{journey.stack}-2*.log"
    assert len(kept) > 5 and list(logs.glob(mine))
    destroy = journey.ops("destroy", "--data", "--yes", "--data-confirm", journey.stack)
    assert destroy.returncode == 0, destroy.stdout + destroy.stderr
    assert journey.objects("container") == journey.objects("network") == set()
    assert journey.objects("volume") == set()
    assert others.read_text() == "another stack's"
    left = [path for path in journey.backend.rglob("*") if path.is_file()]
    assert left, "the backend itself stays"
    for path in [*left, *(path for path in logs.iterdir() if path.is_file())]:
        content = text_of(path)
        assert not any(secret in content for secret in kept), path
    assert not list(logs.glob(mine))
    assert not [path for path in left if f"/{journey.stack}." in str(path)]
