"""The process limit of each container, for which the Docker provider has no property.

`docker update` sets it, at once and over restarts. (`ulimits: nproc` counts all processes of a user
on the machine, and every stack's service runs as the same user: a fork bomb in one would stop the
others.)
"""

import asyncio

import pulumi
import pulumi_docker as docker

from infra import process

POLL_SECONDS = 0.3  # for a job that has just been started


def limit_processes(container: docker.Container, *, processes: int) -> pulumi.Output[str]:
    """Set a container's limit as soon as it exists. A preview changes nothing."""
    if pulumi.runtime.is_dry_run():
        return container.id
    return container.id.apply(lambda made: apply_limit(made, processes=processes))


def limit_job(job: docker.Container, *, name: str, processes: int) -> pulumi.Output[str]:
    """The same for a job, whose `id` is known only after its end: found by its `name`."""
    if pulumi.runtime.is_dry_run():
        return job.id
    ended = asyncio.ensure_future(job.id.future())

    async def watch() -> str:
        while not ended.done():
            await apply_limit(name, processes=processes, missing_ok=True)
            await asyncio.wait([ended], timeout=POLL_SECONDS)
        made = await ended
        return await apply_limit(made, processes=processes) if made else name

    return pulumi.Output.from_input(watch())


async def apply_limit(container: str, *, processes: int, missing_ok: bool = False) -> str:
    """Set the limit if it differs; returns the container. Raises RunError when Docker refuses."""
    shape = "{{.HostConfig.PidsLimit}}"
    code, output = await process.ask("docker", "container", "inspect", "-f", shape, container)
    if code == 0 and output.strip() != str(processes):
        code, output = await process.ask(
            "docker", "update", "--pids-limit", str(processes), container
        )
    if code != 0 and not missing_ok:
        raise pulumi.RunError(
            f"cannot set the limit of {processes} processes on {container[:12]}: {output.strip()}"
        )
    return container
