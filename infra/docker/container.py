"""Create containers: a long-running one, an instance beside others, or a one-off job."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_docker as docker

from infra.docker.container_arguments import Place, Program, common_arguments, running_arguments
from infra.docker.process_limit import limit_job, limit_processes
from infra.docker.provider_values import replaced_on_change
from stacks.processes import process_limit
from stacks.topology import Topology


def run_on(
    topology: Topology,
    component: str,
    *,
    program: Program,
    place: Place,
    opts: pulumi.ResourceOptions,
) -> docker.Container:
    """A long-running container with a fixed name; a change replaces it.

    What needs it waits with `readiness.when_ready`.
    """
    arguments = running_arguments(topology, component, program=program, place=place)
    made = docker.Container(component, docker.ContainerArgs(**arguments), replaced_on_change(opts))
    limit_processes(made, processes=process_limit(topology, component))
    return made


def run_instance(
    component: str,
    *,
    instance: str,
    arguments: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
) -> docker.Container:
    """A container beside the one that it replaces; see `infra.docker.instance`."""
    return docker.Container(
        f"{component}-{instance}", docker.ContainerArgs(**arguments), replaced_on_change(opts)
    )


def run_once(
    topology: Topology,
    component: str,
    *,
    program: Program,
    place: Place,
    attempt: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> docker.Container:
    """A one-off job, run again for another `attempt`; the `up` waits for its end."""
    arguments = common_arguments(topology, component, program=program, place=place, instance="")
    attempted = docker.ContainerLabelArgs(label="upshift.attempt", value=attempt)
    job = docker.Container(
        component,
        docker.ContainerArgs(
            **{**arguments, "labels": [*arguments["labels"], attempted]},
            attach=True,
            logs=True,
            must_run=False,
            restart="no",
        ),
        replaced_on_change(opts),
    )
    limit_job(job, name=arguments["name"], processes=process_limit(topology, component))
    return job
