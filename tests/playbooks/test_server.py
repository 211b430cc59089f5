"""The first deploy, on a real server (a container of Debian), run twice."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from stacks.topology import PROJECT
from stacks.versions import BASE_IMAGE

INVENTORY = PROJECT / "playbooks" / "inventory.py"
DEPLOY = PROJECT / "playbooks" / "phases" / "rehearsal.py"
IDLE = ("sleep", "900")


def docker(*args: str) -> str:
    """One docker command's output; a failure is the test's."""
    done = subprocess.run(["docker", *args], text=True, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A fresh server, removed afterwards."""
    name = f"upshift-test-rehearsal-{uuid4().hex[:8]}"
    docker("run", "-d", "--name", name, "--label", "upshift.test=playbooks", BASE_IMAGE, *IDLE)
    try:
        yield name
    finally:
        docker("rm", "-f", name)


def configure(server: str) -> dict[str, Any]:
    """Run the deploy once and return what pyinfra tells of it."""
    command = [sys.executable, "-m", "pyinfra", "--yes", "--json", str(INVENTORY), str(DEPLOY)]
    done = subprocess.run(
        command,
        env={**os.environ, "UPSHIFT_STACK": "dev", "UPSHIFT_SERVERS": f"@docker/{server}"},
        cwd=PROJECT,
        text=True,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def changed(told: dict[str, Any]) -> dict[str, bool]:
    """Operation -> whether it changed the server; fails when one of them failed."""
    operations = told["results"]["operations"]
    assert operations, "pyinfra did nothing"
    assert not [each["name"] for each in operations if each["error"]]
    return {each["name"].rpartition("| ")[2]: bool(each["success"]) for each in operations}


def test_the_first_run_prepares_and_the_second_changes_nothing(server: str) -> None:
    first = changed(configure(server))
    assert first["Install Python and its dependencies"]
    assert first["Create /srv/upshift/releases, owned by root"]
    assert docker("exec", server, "stat", "-c", "%U %a", "/srv/upshift/releases") == "root 755"
    assert docker("exec", server, "stat", "-c", "%u %a", "/srv/upshift/shared") == "10001 750"
    assert docker("exec", server, "date", "+%Z") == "UTC"
    assert docker("exec", server, "python3", "--version").startswith("Python 3.13")

    second = changed(configure(server))
    assert set(second) == set(first)
    assert not [name for name, did in second.items() if did]


def test_the_inventory_is_computed_from_the_topology() -> None:
    command = [sys.executable, "-m", "pyinfra", "--json", str(INVENTORY), "debug-inventory"]
    environment = {key: value for key, value in os.environ.items() if key != "UPSHIFT_SERVERS"}
    done = subprocess.run(
        command,
        env={**environment, "UPSHIFT_STACK": "staging"},
        cwd=PROJECT,
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "@docker/upshift-staging-rehearsal" in done.stdout
    assert "/srv/upshift" in done.stdout
