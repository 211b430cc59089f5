"""Whether the release job has to run again, and whether it ended well.

Docker's provider does not fail when a job ends badly, and would not run it again either.
"""

import json
from typing import Any

import pulumi
import pulumi_docker as docker

from infra.process import output_of
from stacks.topology import Topology


def attempt_for(topology: Topology) -> str:
    """The attempt's number: the last one's, or the next when the last one did not end well."""
    text = output_of(["docker", "container", "inspect", topology.container("release")])
    found: list[dict[str, Any]] = json.loads(text) if text else []
    if not found:
        return "1"
    last = str(found[0]["Config"]["Labels"].get("upshift.attempt", "0"))
    ended_well = found[0]["State"]["Status"] == "exited" and found[0]["State"]["ExitCode"] == 0
    return last if ended_well else str(int(last) + 1)


def succeeded(job: docker.Container, *, topology: Topology) -> pulumi.Output[int]:
    """The job's exit code, 0; anything else stops the `up` with the job's own log."""
    name = topology.container("release")

    def check(ended: list[Any]) -> int:
        code, log = ended
        if code == 0:
            return 0
        tail = "\n".join(str(log or "").strip().splitlines()[-30:])
        raise pulumi.RunError(f"the release job {name} ended with code {code}:\n{tail}")

    return pulumi.Output.all(job.exit_code, job.container_logs).apply(check)
