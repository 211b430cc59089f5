"""Wait until started containers are ready, by running their own health commands.

Docker runs a health command first after a whole `health.interval`, and the provider's `wait` polls
Docker's status once a second: that was 15 of the 28 seconds of a cold `up`. Here the same command
(`stacks.health`) runs at once, unless Docker already reports `healthy`.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_docker as docker

from infra.process import ask
from stacks.health import HEALTHY, command_to_run, describe_failure, reported
from stacks.topology import Topology

FIRST_PAUSE_SECONDS = 0.2  # between two health checks, at first
LONGEST_PAUSE_SECONDS = 1.0  # for a slow start: each check is a process on a busy machine
MAX_CRASHES = 3  # then it is not waited for any longer
LOG_LINES = "15"


def when_ready(
    value: pulumi.Input[str], *, needs: Sequence[docker.Container], topology: Topology
) -> pulumi.Output[str]:
    """`value`, once all the containers are ready; else the `up` fails with the end of a log.

    Like the release's image an output without a dependency: see `release_attempt`.
    """
    started = pulumi.Output.all(*(container.id for container in needs))

    async def wait() -> str:
        ids = None if pulumi.runtime.is_dry_run() else await started.future()
        await wait_until_all_ready(ids or (), seconds=longest(topology))
        return await pulumi.Output.from_input(value).future() or ""

    return pulumi.Output.from_input(wait())


def longest(topology: Topology) -> float:
    """Seconds that a start may take: the topology's limit, and what Docker itself needs."""
    return float(topology.health.start_period + 60)


async def wait_until_all_ready(containers: Sequence[str], *, seconds: float) -> None:
    """Wait for all of them; the first that does not become ready ends the wait for the others."""
    waits = [asyncio.ensure_future(wait_until_ready(one, seconds=seconds)) for one in containers]
    try:
        await asyncio.gather(*waits)
    finally:
        for each in waits:
            each.cancel()


async def wait_until_ready(container: str, *, seconds: float) -> None:
    """Poll one container. Raises RunError when it is not ready in time.

    A stopped one, such as a new instance that failed before, is started again first.
    """
    began = time.monotonic()
    item = await _inspect(container)
    if item["State"]["Status"] in ("created", "exited"):
        await ask("docker", "start", item["Id"])
        item = await _inspect(container)
    starts = item["RestartCount"]
    while True:
        if reported(item) == HEALTHY and item["State"]["Status"] == "running":
            return
        code, answer = 1, f"it is {item['State']['Status']}"
        if command := command_to_run(item):
            code, answer = await ask("docker", "exec", container, *command)
        if code == 0:
            return
        crashed = item["RestartCount"] - starts >= MAX_CRASHES
        crashed = crashed or item["State"]["Status"] in ("exited", "dead")
        if crashed or time.monotonic() > began + seconds:
            await _give_up(item, code=code, answer=answer)
        await asyncio.sleep(
            min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS + (time.monotonic() - began) / 20)
        )
        item = await _inspect(container)


async def _inspect(container: str) -> dict[str, Any]:
    code, text = await ask("docker", "container", "inspect", container)
    if code != 0:
        raise pulumi.RunError(
            f"the container {container[:12]} does not exist any more: {text.strip()}"
        )
    found: list[dict[str, Any]] = json.loads(text)
    return found[0]


async def _give_up(item: dict[str, Any], *, code: int, answer: str) -> None:
    _, log = await ask("docker", "logs", "--tail", LOG_LINES, item["Id"])
    name, status = item["Name"].lstrip("/"), item["State"]["Status"]
    failure = describe_failure(item, code=code, answer=answer)
    raise pulumi.RunError(
        f"{name} is {status} and did not become ready: {failure}"
        f"\nthe end of its log:\n{log.strip() or '(empty)'}"
    )
