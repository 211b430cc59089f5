"""A server of its own, from the stack's own image and with its labels: all that `ops` looks at."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stacks.loading import load_topology
from stacks.release import image_tags
from stacks.topology import PROJECT
from tests.journey.conftest import Journey, docker


def eventually(holds: Callable[[], bool], *, what: str) -> None:
    """Wait until it holds, two minutes at most."""
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.2)


def start(
    journey: Journey, component: str, *, at: str, user: str, command: list[str], ping: str
) -> str:
    """A server of its own under the stack's labels, that Docker starts again when it ends."""
    topology = load_topology(journey.stack)
    name, volume = topology.container(component), f"{topology.prefix}-{component}-data"
    labels = [f"--label={key}={value}" for key, value in topology.labels(component).items()]
    image = image_tags(topology)[component.partition("-")[0]]
    docker("volume", "create", *labels, volume)
    words = ["run", "-d", "--name", name, "--restart", "unless-stopped", "--user", user, *labels]
    words += ["--network", "none", "--volume", f"{volume}:{at}"]
    words += ["--health-cmd", ping, "--health-interval", "1s", image, *command]
    docker(*words)
    eventually(lambda: status(name) == "running healthy", what=f"{component} healthy")
    return name


def status(name: str) -> str:
    """What Docker says of a container and its health."""
    return docker("inspect", "-f", "{{.State.Status}} {{.State.Health.Status}}", name).strip()


def inside(name: str, script: str) -> str:
    """Run a script on the volume of a container that does not run."""
    item = json.loads(docker("inspect", name))[0]
    words = ["run", "--rm", "--network", "none", "--volumes-from", name]
    return docker(*words, "--user", item["Config"]["User"], item["Image"], "sh", "-ec", script)


def broken(name: str, script: str) -> None:
    """Kill the server as a power loss does, break its files, and let Docker start it in vain."""
    docker("kill", name)
    inside(name, script)
    docker("start", name)
    eventually(lambda: status(name).startswith("restarting"), what="it ends at its start")


@contextmanager
def redis_queue(journey: Journey) -> Iterator[str]:
    """The queue's Redis; yields the container's name."""
    tags = image_tags(load_topology(journey.stack))
    if subprocess.run(
        ["docker", "image", "inspect", tags["redis"], tags["postgres"]], capture_output=True
    ).returncode:
        built = journey.ops("build")
        assert built.returncode == 0, built.stdout + built.stderr
    command = ["redis-server", "--appendonly", "yes", "--appendfsync", "always", "--save", ""]
    command += ["--dir", "/data", "--aof-load-truncated", "yes"]
    ping = "redis-cli ping | grep -q PONG"
    try:
        yield start(
            journey, "redis-queue", at="/data", user="10004:10004", command=command, ping=ping
        )
    finally:
        docker("rm", "-f", load_topology(journey.stack).container("redis-queue"))


def redis(name: str, *words: str) -> str:
    """What redis-cli prints."""
    return docker("exec", name, "redis-cli", *words).strip()


def execute(journey: Journey, *words: str) -> "subprocess.CompletedProcess[str]":
    """`ops exec`, whose own options come before the command's."""
    return subprocess.run(
        [sys.executable, "-m", "ops.cli", "exec", journey.stack, *words],
        cwd=PROJECT,
        env={**os.environ, **journey.environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
