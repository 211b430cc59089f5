"""Whether the release job has to run again, and whether it succeeded.

Docker's provider does not report a failed job as an error, and would not run it again either.
"""

import json
from typing import Any

import pulumi
import pulumi_docker as docker

from infra.docker.persistent_data import running_cluster
from infra.process import output_of
from stacks.topology import Topology


def attempt_for(topology: Topology, *, database: pulumi.Output[str]) -> pulumi.Output[str]:
    """The attempt: a number, and the identifier of PostgreSQL's cluster.

    The number is that of the last attempt, or the next one when that failed. Another cluster has no
    tables yet: the same release has to prepare it again. `database` is PostgreSQL's container,
    known once it is ready.
    """
    number = _number(topology)
    return database.apply(lambda name: f"{number}-{running_cluster(name) or ''}")


def _number(topology: Topology) -> str:
    text = output_of(["docker", "container", "inspect", topology.container("release")])
    found: list[dict[str, Any]] = json.loads(text) if text else []
    if not found:
        return "1"
    last = str(found[0]["Config"]["Labels"].get("upshift.attempt", "0")).partition("-")[0]
    succeeded = found[0]["State"]["Status"] == "exited" and found[0]["State"]["ExitCode"] == 0
    return last if succeeded else str(int(last) + 1)


def image_after(
    job: docker.Container, *, image: pulumi.Input[str], topology: Topology
) -> pulumi.Output[str]:
    """The image's id, once the job has succeeded; else the `up` fails with the job's log.

    The output has no dependency on purpose: if the service depended on the job by a property,
    Pulumi would delete the old service before it runs the new release's job.
    """
    ended = pulumi.Output.all(job.exit_code, job.container_logs)

    async def wait() -> str:
        known = await ended.future()
        if known is not None:
            _raise_for(*known, name=topology.container("release"))
        return await pulumi.Output.from_input(image).future() or ""

    return pulumi.Output.from_input(wait())


def _raise_for(code: int | None, log: str | None, *, name: str) -> None:
    if code == 0:
        return
    tail = "\n".join((log or "").strip().splitlines()[-30:])
    raise pulumi.RunError(f"the release job {name} failed with exit code {code}:\n{tail}")
