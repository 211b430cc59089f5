"""The arguments of every container that Upshift creates: limited, unprivileged, health-checked.

Policy (tested for every stack): numeric user, read-only root, no capabilities, no new privileges,
memory, CPU and process limits, rotated logs, and a health check on all but one-off jobs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_docker as docker

from infra.docker.provider_values import decimal, duration
from stacks.instances import LABEL
from stacks.topology import Topology
from stacks.topology.limits import Limits

UIDS = {"app": 10001, "nginx": 10002, "postgres": 10003, "redis": 10004}
FILES = "/run/upshift"
ANONYMOUS = ""  # instead of a volume's name: a volume that is removed with the container


@dataclass(frozen=True)
class Program:
    """What runs in a container: image, user, arguments, environment and health command.

    `shared_memory` is the size of /dev/shm in MiB, within the memory limit; `stop_grace` is in
    seconds; without `start` the container is created, and started by something else.
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
    start: bool = True


@dataclass(frozen=True)
class Place:
    """What it is attached to: networks by name, volumes as {path: volume}, ports, files' version.

    A new version of its files replaces the container; without a version it reloads them itself.
    """

    networks: Sequence[str]
    volumes: Mapping[str, str] = field(default_factory=dict)
    read_only: frozenset[str] = frozenset({FILES, "/srv/static"})
    ports: Sequence[docker.ContainerPortArgs] = ()
    files: pulumi.Input[str] = ""


def running_arguments(
    topology: Topology,
    component: str,
    *,
    program: Program,
    place: Place,
    instance: str = "",
) -> dict[str, Any]:
    """The provider's arguments for a long-running container."""
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
        **common_arguments(topology, component, program=program, place=place, instance=instance),
        "healthcheck": health,
        "restart": "unless-stopped",
        "ports": list(place.ports),
        **({} if program.start else {"start": False, "must_run": False}),
    }


def labels(topology: Topology, component: str) -> list[docker.ContainerLabelArgs]:
    """The labels that mark a container as this environment's."""
    return [
        docker.ContainerLabelArgs(label=label, value=value)
        for label, value in topology.labels(component).items()
    ]


def common_arguments(
    topology: Topology, component: str, *, program: Program, place: Place, instance: str
) -> dict[str, Any]:
    """The provider's arguments that all containers have."""
    name = f"{component}-{instance}" if instance else component
    return {
        "name": topology.container(name),
        # Each instance has its own: Celery tells its workers apart by their host names.
        "hostname": name,
        "labels": _labels(topology, component, place=place, instance=instance),
        **_process(program),
        **_confinement(program),
        **_attachments(component, place=place),
        "log_driver": "json-file",
        "log_opts": {"max-size": "10m", "max-file": "5"},
    }


def _labels(
    topology: Topology, component: str, *, place: Place, instance: str
) -> list[docker.ContainerLabelArgs]:
    has_files = not isinstance(place.files, str) or place.files
    own = {"upshift.files": place.files} if has_files else {}
    own |= {LABEL: instance} if instance else {}
    return [
        *labels(topology, component),
        *(docker.ContainerLabelArgs(label=label, value=text) for label, text in own.items()),
    ]


def _process(program: Program) -> dict[str, Any]:
    return {
        "image": program.image,
        "user": f"{program.uid}:{program.uid}",
        "command": list(program.command) or None,
        "envs": [f"{name}={value}" for name, value in sorted(program.environment.items())],
        "init": True,
        "stop_signal": program.stop_signal,
        "stop_timeout": program.stop_grace,
        "destroy_grace_seconds": program.stop_grace,
    }


def _confinement(program: Program) -> dict[str, Any]:
    return {
        "memory": program.limits.memory,
        "memory_swap": program.limits.memory,
        "cpus": decimal(program.limits.cpus),
        "shm_size": program.shared_memory,
        "read_only": True,
        "tmpfs": {"/tmp": "rw,noexec,nosuid,size=64m,mode=1777", **program.tmpfs},
        "privileged": False,
        "security_opts": ["no-new-privileges:true"],
        "capabilities": docker.ContainerCapabilitiesArgs(drops=["ALL"]),
    }


def _attachments(component: str, *, place: Place) -> dict[str, Any]:
    return {
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
