"""Whether what was started is ready: its own health command, asked at once and often.

Docker asks first after a whole `health.interval`, and the provider's `wait` looks once a second
at what Docker says: of a cold `up` of 28 seconds 15 went so. It is the same question, and what
Docker already calls healthy is not asked again.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_docker as docker

from stacks.topology import Topology

PAUSE = 0.2  # seconds between two questions
CRASHES = 3  # starts in vain, after which it is not waited for any longer
TOLD = 15  # lines of its log

Said = tuple[int, str]


def once_ready(
    value: pulumi.Input[str], *, needs: Sequence[docker.Container], topology: Topology
) -> pulumi.Output[str]:
    """`value`, once all that is needed is ready; else the `up` stops with what it said last.

    Like the release's image an output without a dependency: see `release_attempt`.
    """
    started = pulumi.Output.all(*(container.id for container in needs))
    seconds = topology.health.start_period + 60

    async def wait() -> str:
        ids = None if pulumi.runtime.is_dry_run() else await started.future()
        await asyncio.gather(*(until_ready(made, seconds=seconds) for made in ids or ()))
        return await pulumi.Output.from_input(value).future() or ""

    return pulumi.Output.from_input(wait())


async def until_ready(container: str, *, seconds: float) -> None:
    """Ask one container until it answers well. Raises RunError when it does not in time."""
    deadline = time.monotonic() + seconds
    starts: int | None = None
    while True:
        seen = await _inspect(container)
        state, health = seen["State"], seen["Config"].get("Healthcheck", {}).get("Test", [])
        if state.get("Health", {}).get("Status") == "healthy" and state["Status"] == "running":
            return
        code, answer = await _said("docker", "exec", container, *health[1:])
        if code == 0:
            return
        starts = seen["RestartCount"] if starts is None else starts
        crashed = seen["RestartCount"] - starts >= CRASHES or state["Status"] in ("exited", "dead")
        if crashed or time.monotonic() > deadline:
            await _give_up(seen, answer=answer)
        await asyncio.sleep(PAUSE)


async def _inspect(container: str) -> dict[str, Any]:
    code, text = await _said("docker", "container", "inspect", container)
    if code != 0:
        raise pulumi.RunError(f"the container {container[:12]} is gone: {text.strip()}")
    found: list[dict[str, Any]] = json.loads(text)
    return found[0]


async def _give_up(seen: dict[str, Any], *, answer: str) -> None:
    _, log = await _said("docker", "logs", "--tail", str(TOLD), seen["Id"])
    name, status = seen["Name"].lstrip("/"), seen["State"]["Status"]
    raise pulumi.RunError(
        f"{name} is {status} and did not become ready: {answer.strip()}\n{log.strip()}"
    )


async def _said(*args: str) -> Said:
    """A program's exit code and all that it wrote."""
    process = await asyncio.create_subprocess_exec(
        *args,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    written, _ = await process.communicate()
    return process.returncode or 0, written.decode(errors="replace")
