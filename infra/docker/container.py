"""The one way in which Upshift starts a container: limited, unprivileged, watched.

Policy (tested for every stack): numeric user, read-only root, no capability, no new
privileges, memory, CPU and process limits, rotated logs, a health check on all that runs on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_docker as docker

from infra.docker.process_limit import limit_job, limit_processes
from infra.docker.provider_values import decimal, duration, replaced_on_change
from stacks.instances import LABEL
from stacks.processes import process_limit
from stacks.topology import Topology
from stacks.topology.limits import Limits

UIDS = {"app": 10001, "nginx": 10002, "postgres": 10003, "redis": 10004}
FILES = "/run/upshift"
ANONYMOUS = ""  # in place of a volume's name: a volume that goes with the container


@dataclass(frozen=True)
class Program:
    """What runs in a container: its image, user, arguments, environment and health command.

    `shared_memory` is the size of /dev/shm in MiB, out of the memory limit; `stop_grace` seconds.
    """

    image: pulumi.Input[str]
    uid: int
    limits: Limits
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    health: Sequence[str] = ()
    tmpfs: Mapping[str, str] = field(default_factory=dict)
    shared_memory: int = 64
    stop_signal: str = "SIGTERM"
    stop_grace: int = 30
    # One that is made and not started: something else starts it when its time has come.
    start: bool = True


@dataclass(frozen=True)
class Place:
    """Where it runs: networks by name, volumes as {path: volume}, ports, and its files' version.

    Another version of its files replaces the container; without one it reads them again itself.
    """

    networks: Sequence[str]
    volumes: Mapping[str, str] = field(default_factory=dict)
    read_only: frozenset[str] = frozenset({FILES, "/srv/static"})
    ports: Sequence[docker.ContainerPortArgs] = ()
    files: pulumi.Input[str] = ""


def run_on(
    topology: Topology,
    component: str,
    *,
    program: Program,
    place: Place,
    opts: pulumi.ResourceOptions,
) -> docker.Container:
    """A container that goes on running, under its one fixed name; a change replaces it.

    Who needs it waits with `ready.once_ready`.
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
    """A container beside the ones that it takes over from; see `infra.docker.instance`."""
    return docker.Container(
        f"{component}-{instance}", docker.ContainerArgs(**arguments), replaced_on_change(opts)
    )


def running_arguments(
    topology: Topology,
    component: str,
    *,
    program: Program,
    place: Place,
    instance: str = "",
) -> dict[str, Any]:
    """The provider's arguments for a container that goes on running."""
    if not program.health:
        raise ValueError(f"{component} has no health check")
    health = docker.ContainerHealthcheckArgs(
        tests=["CMD", *program.health],
        interval=duration(topology.health.interval),
        timeout=duration(topology.health.timeout),
        retries=topology.health.retries,
        start_period=duration(topology.health.start_period),
    )
    return {
        **_common(topology, component, program=program, place=place, instance=instance),
        "healthcheck": health,
        "restart": "unless-stopped",
        "ports": list(place.ports),
        **({} if program.start else {"start": False, "must_run": False}),
    }


def run_once(
    topology: Topology,
    component: str,
    *,
    program: Program,
    place: Place,
    attempt: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> docker.Container:
    """A container that does one thing, again for another `attempt`; the `up` waits for its end."""
    arguments = _common(topology, component, program=program, place=place, instance="")
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


def labels(topology: Topology, component: str) -> list[docker.ContainerLabelArgs]:
    """What marks a container as this environment's own."""
    return [
        docker.ContainerLabelArgs(label=label, value=value)
        for label, value in topology.labels(component).items()
    ]


def _common(
    topology: Topology, component: str, *, program: Program, place: Place, instance: str
) -> dict[str, Any]:
    called = f"{component}-{instance}" if instance else component
    known = not isinstance(place.files, str) or place.files
    files = {"upshift.files": place.files} if known else {}
    marks = {**files, **({LABEL: instance} if instance else {})}
    return {
        "name": topology.container(called),
        # Of its own for an instance: Celery tells its workers apart by their host's name.
        "hostname": called,
        "image": program.image,
        "user": f"{program.uid}:{program.uid}",
        "command": list(program.command) or None,
        "envs": [f"{name}={value}" for name, value in sorted(program.environment.items())],
        "labels": [
            *labels(topology, component),
            *(docker.ContainerLabelArgs(label=label, value=text) for label, text in marks.items()),
        ],
        "memory": program.limits.memory,
        "memory_swap": program.limits.memory,
        "cpus": decimal(program.limits.cpus),
        "read_only": True,
        "shm_size": program.shared_memory,
        "init": True,
        "privileged": False,
        "security_opts": ["no-new-privileges:true"],
        "capabilities": docker.ContainerCapabilitiesArgs(drops=["ALL"]),
        "tmpfs": {"/tmp": "rw,noexec,nosuid,size=64m,mode=1777", **program.tmpfs},
        "stop_signal": program.stop_signal,
        "stop_timeout": program.stop_grace,
        "destroy_grace_seconds": program.stop_grace,
        "log_driver": "json-file",
        "log_opts": {"max-size": "10m", "max-file": "5"},
        "networks_advanced": [
            docker.ContainerNetworksAdvancedArgs(name=name, aliases=[component])
            for name in place.networks
        ],
        "volumes": [
            docker.ContainerVolumeArgs(
                container_path=path, volume_name=volume or None, read_only=path in place.read_only
            )
            for path, volume in sorted(place.volumes.items())
        ],
    }
