"""An environment that is killed, changed by hand and broken.

In order: each test continues where the previous one ended.
"""

import shutil
import time
from pathlib import Path

import pytest

from ops.engine import orphans
from stacks.loading import load_topology
from stacks.release import release_id
from stacks.topology import PROJECT
from tests.bundled import bundled_app
from tests.journey.conftest import Journey, docker
from tests.journey.interrupted_runs import assert_a_rerun_ends_green, up_until

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


def test_drift_is_detected_and_repaired(journey: Journey) -> None:
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


def test_a_container_without_its_network_is_replaced(journey: Journey) -> None:
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
    assert f"ops repair {journey.stack} redis-queue" in up.stderr
    mended = journey.ops("repair", "redis-queue", "--yes")
    assert mended.returncode == 0 and "4096 of" in mended.stdout, mended.stdout + mended.stderr
    assert_a_rerun_ends_green(journey)


def test_it_can_be_taken_away_with_its_data(journey: Journey) -> None:
    destroy = journey.ops("destroy", "--data", "--yes", "--data-confirm", journey.stack)
    assert destroy.returncode == 0, destroy.stdout + destroy.stderr
    for kind in ("container", "network", "volume"):
        assert journey.objects(kind) == set()
