"""Whether what was started is ready: its own health command, asked at once and often.

Docker asks first after a whole `health.interval`, and the provider's `wait` looks once a second
at what Docker says: of a cold `up` of 28 seconds 15 went so. It is the same question
(`stacks.health`), and what Docker already calls healthy is not asked again.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_docker as docker

from infra.process import ask
from stacks.health import HEALTHY, command_to_ask, reported, why_not
from stacks.topology import Topology

PAUSE = 0.2  # seconds between two questions, at first
SLOWEST = 1.0  # and for one that starts slowly: each question is a process on a busy machine
CRASHES = 3  # starts in vain, after which it is not waited for any longer
TOLD = 15  # lines of its log


def once_ready(
    value: pulumi.Input[str], *, needs: Sequence[docker.Container], topology: Topology
) -> pulumi.Output[str]:
    """`value`, once all that is needed is ready; else the `up` stops with what it said last.

    Like the release's image an output without a dependency: see `release_attempt`.
    """
    started = pulumi.Output.all(*(container.id for container in needs))

    async def wait() -> str:
        ids = None if pulumi.runtime.is_dry_run() else await started.future()
        await all_ready(ids or (), seconds=longest(topology))
        return await pulumi.Output.from_input(value).future() or ""

    return pulumi.Output.from_input(wait())


def longest(topology: Topology) -> float:
    """Seconds that a start may take: what the topology allows, and what Docker itself needs."""
    return float(topology.health.start_period + 60)


async def all_ready(containers: Sequence[str], *, seconds: float) -> None:
    """Wait for all of them; the first that does not become ready ends the wait for the others."""
    waits = [asyncio.ensure_future(until_ready(one, seconds=seconds)) for one in containers]
    try:
        await asyncio.gather(*waits)
    finally:
        for each in waits:
            each.cancel()


async def until_ready(container: str, *, seconds: float) -> None:
    """Ask one container until it answers well. Raises RunError when it does not in time.

    One that was stopped before, as a successor that failed is, is started again first.
    """
    began = time.monotonic()
    seen = await _inspect(container)
    if seen["State"]["Status"] in ("created", "exited"):
        await ask("docker", "start", seen["Id"])
        seen = await _inspect(container)
    starts = seen["RestartCount"]
    while True:
        if reported(seen) == HEALTHY and seen["State"]["Status"] == "running":
            return
        code, answer = 1, f"it is {seen['State']['Status']}"
        if question := command_to_ask(seen):
            code, answer = await ask("docker", "exec", container, *question)
        if code == 0:
            return
        crashed = seen["RestartCount"] - starts >= CRASHES
        crashed = crashed or seen["State"]["Status"] in ("exited", "dead")
        if crashed or time.monotonic() > began + seconds:
            await _give_up(seen, code=code, answer=answer)
        await asyncio.sleep(min(SLOWEST, PAUSE + (time.monotonic() - began) / 20))
        seen = await _inspect(container)


async def _inspect(container: str) -> dict[str, Any]:
    code, text = await ask("docker", "container", "inspect", container)
    if code != 0:
        raise pulumi.RunError(f"the container {container[:12]} is gone: {text.strip()}")
    found: list[dict[str, Any]] = json.loads(text)
    return found[0]


async def _give_up(seen: dict[str, Any], *, code: int, answer: str) -> None:
    _, log = await ask("docker", "logs", "--tail", str(TOLD), seen["Id"])
    name, status = seen["Name"].lstrip("/"), seen["State"]["Status"]
    raise pulumi.RunError(
        f"{name} is {status} and did not become ready: {why_not(seen, code=code, answer=answer)}"
        f"\nthe end of its log:\n{log.strip() or '(empty)'}"
    )
