"""The limit of processes of each container, which the Docker provider has no property for.

The engine takes it from `docker update`, keeps it over restarts, and a container that runs takes
it at once. (`ulimits: nproc` counts all processes of a user on the machine, and every service of
every stack runs as the same user: a fork bomb in one would stop the others.)
"""

import asyncio

import pulumi
import pulumi_docker as docker

from infra import process

PAUSE = 0.3  # seconds between two looks for a job that has just been started


def limit_processes(container: docker.Container, *, processes: int) -> pulumi.Output[str]:
    """Give a container its limit as soon as it is there. A preview changes nothing."""
    if pulumi.runtime.is_dry_run():
        return container.id
    return container.id.apply(lambda made: apply_limit(made, processes=processes))


def limit_job(job: docker.Container, *, name: str, processes: int) -> pulumi.Output[str]:
    """The same for a job, whose `id` is known only when it has ended: found by its `name`."""
    if pulumi.runtime.is_dry_run():
        return job.id
    ended = asyncio.ensure_future(job.id.future())

    async def watch() -> str:
        while not ended.done():
            await apply_limit(name, processes=processes, missing_ok=True)
            await asyncio.wait([ended], timeout=PAUSE)
        made = await ended
        return await apply_limit(made, processes=processes) if made else name

    return pulumi.Output.from_input(watch())


async def apply_limit(container: str, *, processes: int, missing_ok: bool = False) -> str:
    """Set the limit where it is another; returns the container. Raises RunError when refused."""
    shape = "{{.HostConfig.PidsLimit}}"
    code, told = await process.ask("docker", "container", "inspect", "-f", shape, container)
    if code == 0 and told.strip() != str(processes):
        code, told = await process.ask(
            "docker", "update", "--pids-limit", str(processes), container
        )
    if code != 0 and not missing_ok:
        raise pulumi.RunError(
            f"the limit of {processes} processes cannot be set on {container[:12]}: {told.strip()}"
        )
    return container
