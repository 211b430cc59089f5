"""Mistakes that stop an `up` before there is anything: the message, the code, and no trace."""

import copy
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.loading import stack_file
from stacks.topology import PROJECT
from stacks.versions import BASE_IMAGE
from tests.bundled import bundled_app
from tests.certificates import write
from tests.journey.assert_unchanged import refused, snapshot
from tests.journey.conftest import Journey, docker

pytestmark = pytest.mark.journey


@pytest.fixture(autouse=True)
def _as_before(journey: Journey) -> Iterator[None]:
    """Each mistake is made alone, and none leaves anything behind."""
    described, environment = copy.deepcopy(journey.described), dict(journey.environment)
    yield
    seen = snapshot(journey)
    assert [seen[kind] for kind in ("containers", "networks", "volumes", "state")] == [
        [],
        [],
        [],
        {},
    ]
    journey.environment = environment
    journey.described = described
    stack_file(journey.stack).unlink()
    journey.describe()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"edge": {"htp_port": 8080}}, "topology.edge.htp_port: unknown key"),
        ({"edgee": {}}, "topology.edgee: unknown key"),
        ({"service": {"workers": "two"}}, "topology.service.workers: 'two': "),
        ({"service": {"workers": True}}, "topology.service.workers: True: "),
        ({"edge": {"http_port": 70000}}, "topology.edge.http_port: 70000: "),
        ({"edge": {"http_port": 8443}}, "port 8443 is used twice: http_port and https_port"),
        ({"edge": {"certificate": {"source": "files"}}}, "needs both 'certificate' and 'key'"),
        ({"app": {"path": "docs"}}, "for a project of your own (docs) these keys are required"),
        (
            {"app": bundled_app(Path("docs"))},
            "'docs' is not a Django project: it has no manage.py",
        ),
        (
            {"app": bundled_app(Path("no/such"))},
            "'no/such' is not a Django project: it has no manage.py",
        ),
        ({"app": {"wsgi": "config.lost:application"}}, "the project has no config/lost.py"),
    ],
)
def test_a_wrong_description(journey: Journey, changes: dict[str, Any], said: str) -> None:
    journey.describe(**changes)
    refused(journey, said, code=2)


@pytest.mark.parametrize("text", ["config: [", "config: {}", ""])
def test_a_file_that_describes_nothing(journey: Journey, text: str) -> None:
    stack_file(journey.stack).write_text(text)
    refused(journey, f"Pulumi.{journey.stack}.yaml", code=2)


@pytest.mark.parametrize("key", ["http_port", "https_port"])
def test_a_port_taken_by_another_program(journey: Journey, key: str) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", journey.described["edge"][key]))
        holder.listen()
        port = holder.getsockname()[1]
        refused(journey, f"port {port} is already in use by another program", f"edge.{key}", code=3)


def test_a_port_taken_by_another_container(journey: Journey) -> None:
    port = journey.described["edge"]["https_port"]
    name = f"holder-{journey.stack}"
    docker("run", "-d", "--name", name, "-p", f"127.0.0.1:{port}:80", BASE_IMAGE, "sleep", "60")
    try:
        refused(journey, f"port {port} is already in use by the container {name}", code=3)
    finally:
        docker("rm", "-f", name)


def test_two_stacks_with_one_name(journey: Journey) -> None:
    other = stack_file(f"journey-{journey.stack}")
    other.write_text(yaml.safe_dump({"config": {"upshift:topology": {}}}))
    try:
        journey.describe(name="upshift-journey")
        said = f"two stacks have the same name: '{journey.stack}' and 'journey-{journey.stack}'"
        refused(journey, said, "topology.name", code=3)
    finally:
        other.unlink()


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"days": (-10, -1)}, "the certificate expired on 20"),
        ({"days": (1, 10)}, "the certificate is not valid before 20"),
        ({"key": "another's"}, "the key k.pem does not match the certificate c.pem"),
        (
            {"names": ["localhost"]},
            "the certificate is not valid for 127.0.0.1; it is valid for localhost",
        ),
        ({"lost": "c.pem"}, "the certificate file cannot be read: No such file or directory"),
        ({"lost": "k.pem"}, "the key file cannot be read: No such file or directory"),
    ],
)
def test_a_bad_certificate(
    journey: Journey, tmp_path: Path, made: dict[str, Any], said: str
) -> None:
    lost = made.pop("lost", "")
    named = write(tmp_path, **made)
    if lost:
        (tmp_path / lost).unlink()
    journey.describe(edge={**journey.described["edge"], "certificate": named})
    refused(journey, said, str(tmp_path), code=3)


def test_no_docker(journey: Journey, tmp_path: Path) -> None:
    journey.environment["PATH"] = str(tmp_path)
    refused(journey, "Docker is not installed", "ops setup", code=3)


def test_a_docker_that_does_not_answer(journey: Journey, tmp_path: Path) -> None:
    journey.environment["DOCKER_HOST"] = f"unix://{tmp_path}/none.sock"
    refused(journey, "Docker does not answer", "none.sock", "unset DOCKER_HOST", code=3)


def test_docker_without_rights(journey: Journey, tmp_path: Path) -> None:
    """A socket that nobody may open. Root's way around rights is taken from `ops` for this."""
    before: list[str] = []
    if os.geteuid() == 0:
        before = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"]
    with closing(socket.socket(socket.AF_UNIX)) as engine:
        engine.bind(str(tmp_path / "docker.sock"))
        engine.listen()
        (tmp_path / "docker.sock").chmod(0)
        journey.environment["DOCKER_HOST"] = f"unix://{tmp_path}/docker.sock"
        journey.through = before
        try:
            refused(journey, "this user may not use Docker", "usermod -aG docker", code=3)
        finally:
            journey.through = []


def test_a_disk_nearly_full(journey: Journey) -> None:
    journey.environment["UPSHIFT_DISK_LEFT"] = "99999"
    refused(journey, "the disk is nearly full: ", "GiB free, 99999 GiB required", code=3)


def test_a_lost_passphrase(journey: Journey, tmp_path: Path) -> None:
    """In a checkout of its own, since the file lies in the project."""
    for folder in ("ops", "stacks", "infra", "app", "docker"):
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    shutil.copy(PROJECT / "Pulumi.yaml", tmp_path)
    # What this copy runs is not counted: its files are not the project's.
    removed = {"PULUMI_CONFIG_PASSPHRASE", "UPSHIFT_BACKEND", "COVERAGE_PROCESS_CONFIG"}
    given = {**os.environ, **journey.environment, "PYTHONPATH": str(tmp_path)}
    environment = {name: value for name, value in given.items() if name not in removed}

    def in_copy(script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-ec", script], cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    ops = f"{sys.executable} -m ops.cli"
    made = in_copy(f'eval "$({ops} env)"; pulumi stack select --create {journey.stack}')
    assert made.returncode == 0, made.stderr
    (tmp_path / ".upshift" / "passphrase").unlink()
    before = (tmp_path / "stacks" / f"Pulumi.{journey.stack}.yaml").read_text()
    up = in_copy(f"{ops} up {journey.stack}")
    assert up.returncode == 3, up.stdout + up.stderr
    assert "error: the passphrase file is missing" in up.stderr
    assert f"where: {tmp_path}/.upshift/passphrase" in up.stderr
    assert "next:  restore the file from your copy" in up.stderr
    assert not (tmp_path / ".upshift" / "passphrase").exists()
    assert (tmp_path / "stacks" / f"Pulumi.{journey.stack}.yaml").read_text() == before
