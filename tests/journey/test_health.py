"""After an outage the wait of an `up`, the table and the smoke checks say the same."""

import asyncio
import secrets
import time
from collections.abc import Iterator

import pytest

from infra.docker import readiness
from ops.runtime.docker import containers
from stacks.topology import Topology
from stacks.versions import BASE_IMAGE
from tests.host.environment import Environment
from tests.journey.conftest import docker

pytestmark = pytest.mark.journey
INTERVAL = 6  # seconds for which Docker's word stays the old one


def told_by_docker(container: str) -> str:
    """Docker's own word."""
    return docker("inspect", "-f", "{{.State.Health.Status}}", container).strip()


@pytest.fixture
def recovered() -> Iterator[tuple[Topology, str]]:
    """A container that is well again, and that Docker still calls unhealthy."""
    topology = Topology(stack=f"journey-{secrets.token_hex(3)}")
    marks = [f"--label={key}={value}" for key, value in topology.labels("service").items()]
    health = ["--health-cmd=test -e /tmp/well", f"--health-interval={INTERVAL}s"]
    confined = [
        "--name",
        topology.container("service"),
        "--network=none",
        "--cap-drop=ALL",
        "--memory=32m",
        "--health-retries=1",
    ]
    made = docker("run", "-d", *marks, *health, *confined, BASE_IMAGE, "sleep", "120").strip()
    try:
        deadline = time.monotonic() + 60
        while told_by_docker(made) != "unhealthy" and time.monotonic() < deadline:
            time.sleep(0.2)
        docker("exec", made, "touch", "/tmp/well")
        yield topology, made
    finally:
        docker("rm", "-f", made)


def test_a_container_that_is_well_again_is_called_so_by_all(
    recovered: tuple[Topology, str],
) -> None:
    topology, made = recovered
    told = told_by_docker(made)
    assert Environment(topology).health("service") == "healthy"
    seen = {one.component: one.health for one in containers.status(topology, memory={})}
    assert seen["service"] == "healthy"
    loop = asyncio.new_event_loop()
    loop.run_until_complete(readiness.wait_until_ready(made, seconds=5))
    loop.close()
    assert told == "unhealthy", "too slow: Docker had asked again"
