"""Ups of an environment that end in the middle, and ups that are refused while it stands.

In order: each test continues where the previous one ended. A re-run always ends green by itself,
and what is refused changes nothing that runs.
"""

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from stacks.topology import PROJECT
from tests.bundled import bundled_app
from tests.journey.assert_unchanged import last_record, refused
from tests.journey.conftest import Journey, docker
from tests.journey.interrupted_runs import (
    assert_a_rerun_ends_green,
    leave_unrecorded_objects,
    locks,
    pulumi_of,
    session,
    up_until,
)

pytestmark = pytest.mark.journey


def resized(journey: Journey, *, threads: int) -> None:
    """A change that makes service, worker and beat anew."""
    journey.describe(service={**journey.described["service"], "threads": threads})


def test_a_stack_is_one_runs_alone_and_ctrl_c_ends_it_in_order(journey: Journey) -> None:
    leave_unrecorded_objects(journey)
    running = up_until(journey, "Container postgres", "creating")
    leader = pulumi_of(journey)
    os.kill(leader, signal.SIGSTOP)  # else it may be done before it is asked twice
    for verb in (["up"], ["destroy", "--yes"]):
        second = journey.ops(*verb)
        assert second.returncode == 7, second.stdout + second.stderr
        said = f"the stack '{journey.stack}' is locked: "
        assert said in second.stderr and "next:  wait until it ends" in second.stderr
        assert f"runs 'up' (process {running.pid}) since 20" in second.stderr
    os.kill(leader, signal.SIGCONT)
    running.send_signal(signal.SIGINT)
    told, _ = running.communicate(timeout=120)
    assert running.returncode == 130, told
    assert "interrupted; nothing is lost: the same command continues from here" in told
    assert "Traceback" not in told
    assert locks(journey) == [] and session(leader) == set()
    assert last_record(journey)["result"] == "interrupted"
    assert_a_rerun_ends_green(journey)


def test_a_killed_ops_takes_pulumi_along_in_order(journey: Journey) -> None:
    resized(journey, threads=3)
    running = up_until(journey, "Container service", "creating")
    leader = pulumi_of(journey)
    running.kill()
    running.communicate(timeout=60)
    # At once: what still works is waited for.
    assert_a_rerun_ends_green(journey)
    assert session(leader) == set()


def test_a_killed_pulumi_leaves_nothing_in_the_way(journey: Journey) -> None:
    resized(journey, threads=4)
    running = up_until(journey, "Container service", "creating")
    leader = pulumi_of(journey)
    os.kill(leader, signal.SIGKILL)
    told, _ = running.communicate(timeout=120)
    assert running.returncode == 5, told
    assert "Pulumi was killed by SIGKILL" in told and "it continues from here" in told
    assert last_record(journey)["result"].startswith("failed: Pulumi was killed by SIGKILL")
    # As a kill in the middle of writing the state leaves it, which is seldom met by chance.
    (beside,) = journey.backend.glob(f".pulumi/stacks/*/{journey.stack}.json.attrs")
    beside.write_text("")
    assert_a_rerun_ends_green(journey)
    deadline = time.monotonic() + 10
    while session(leader) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert session(leader) == set()


def test_a_wrong_passphrase(journey: Journey) -> None:
    right = journey.environment["PULUMI_CONFIG_PASSPHRASE"]
    journey.environment["PULUMI_CONFIG_PASSPHRASE"] = "wrong"
    said = f"the passphrase does not decrypt the secrets of the stack '{journey.stack}'"
    refused(journey, said, "restore the file .upshift/passphrase", code=3)
    journey.environment["PULUMI_CONFIG_PASSPHRASE"] = right


def test_a_lost_state_with_the_data_still_there(journey: Journey, tmp_path: Path) -> None:
    right = journey.environment["UPSHIFT_BACKEND"]
    journey.environment["UPSHIFT_BACKEND"] = f"file://{tmp_path}"
    said = f"the volume upshift-{journey.stack}-postgres-data holds data that the stack's state"
    refused(journey, said, str(tmp_path), "restore the state", code=3)
    assert list(tmp_path.rglob("*.json")) == []
    destroy = journey.ops("destroy", "--yes")
    assert destroy.returncode == 3 and said in destroy.stderr
    journey.environment["UPSHIFT_BACKEND"] = right


def test_a_stack_made_by_a_newer_toolkit(journey: Journey) -> None:
    written = journey.pulumi("stack", "export")
    newer: dict[str, Any] = json.loads(written)
    for resource in newer["deployment"]["resources"]:
        if resource["type"] == "pulumi:pulumi:Stack":
            resource["outputs"]["toolkit"] = "0.10.0"
    journey.pulumi("stack", "import", given=json.dumps(newer))
    said = f"the stack '{journey.stack}' was deployed by Upshift 0.10.0; this is "
    refused(journey, said, "use that version or a later one", code=3)
    journey.pulumi("stack", "import", given=written)


def copied_app(folder: Path) -> Path:
    """A copy of the service, to be spoilt."""
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(PROJECT / "app", folder / "app", ignore=ignored))


def test_a_lock_that_names_what_is_nowhere(journey: Journey, tmp_path: Path) -> None:
    app = copied_app(tmp_path)
    lock = app / "requirements.lock"
    lock.write_text(f"{lock.read_text()}\nsix==999.0 --hash=sha256:{'0' * 64}\n")
    journey.describe(app=bundled_app(app))
    said = "the wheels of requirements.lock cannot be downloaded:"
    refused(journey, said, "six==999.0", str(lock), code=4)
    assert last_record(journey)["result"] == f"failed: {said}"


def test_an_image_that_cannot_be_built(journey: Journey, tmp_path: Path) -> None:
    app = copied_app(tmp_path)
    (app / "config" / "broken.py").write_text("def half(:\n")
    journey.describe(app=bundled_app(app))
    said = "the running release is unchanged"
    ended = ["ps", "-aq", "--filter", "status=exited"]
    before = set(docker(*ended).split())
    refused(journey, "the image upshift/app:", "SyntaxError", "Step ", said, code=4)
    assert set(docker(*ended).split()) <= before, "the step that failed left its container"
    assert last_record(journey)["result"].startswith("failed: the image upshift/app:")
    journey.describe(app={})


def test_everything_can_be_destroyed(journey: Journey) -> None:
    destroy = journey.ops("destroy", "--data", "--yes", "--data-confirm", journey.stack)
    assert destroy.returncode == 0, destroy.stdout + destroy.stderr
    assert journey.objects("container") == journey.objects("network") == set()
    again = journey.ops("destroy", "--yes")
    assert again.returncode == 0 and "is not deployed: nothing to remove" in again.stdout
