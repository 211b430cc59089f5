"""The Django project's running processes: service, worker and beat, all of one image.

Each is an instance with its own name, created beside the one that it replaces.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_docker as docker

from infra.components import project
from infra.docker.container import run_instance
from infra.docker.container_arguments import Program, running_arguments
from infra.docker.files import Files, volume_name
from infra.docker.instance import PLACEHOLDER, image_id, instance_name
from infra.docker.process_limit import limit_processes
from infra.providers.random_secret import Secrets
from stacks.environment import operator_tokens
from stacks.instances import INSTANCED, SOCKETS, socket_of
from stacks.processes import process_limit
from stacks.release import image_tags
from stacks.topology import Topology
from stacks.values import in_url

SCHEDULE = "/var/lib/beat"  # a volume: the time of each task's last run survives the container


def instances(topology: Topology, *, secrets: Secrets) -> dict[str, str]:
    """Component -> the name of the instance that this topology describes."""
    image = image_id(image_tags(topology)["app"])
    return {
        component: instance_name(
            _arguments(topology, component, instance=PLACEHOLDER, image="", version=""),
            image=image,
            files=project.files(topology, component=component, secrets=secrets),
        )
        for component in INSTANCED
        if component in topology.components
    }


class Processes(pulumi.ComponentResource):
    """Gunicorn, Celery's worker and Celery's beat, which `infra.components.rollout` starts."""

    def __init__(
        self,
        topology: Topology,
        *,
        image: pulumi.Input[str],
        files: Files,
        instances: Mapping[str, str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("upshift:phase1:Processes", "processes", None, opts)
        self.by_component: dict[str, docker.Container] = {}
        for component, instance in instances.items():
            name = f"{component}-{instance}"
            arguments = _arguments(
                topology, component, instance=instance, image=image, version=files.version(name)
            )
            # Its files are removed after it: a volume in use cannot be.
            own = pulumi.ResourceOptions(parent=self, depends_on=[files.volumes[name]])
            made = run_instance(component, instance=instance, arguments=arguments, opts=own)
            limit_processes(made, processes=process_limit(topology, component))
            self.by_component[component] = made
        self.register_outputs({})


def _arguments(
    topology: Topology,
    component: str,
    *,
    instance: str,
    image: pulumi.Input[str],
    version: pulumi.Input[str],
) -> dict[str, Any]:
    """The provider's arguments for one instance of a component."""
    volumes = {
        **_own_volumes(topology, component),
        "/run/upshift": volume_name(topology, f"{component}-{instance}"),
    }
    return running_arguments(
        topology,
        component,
        program=_program(topology, component, instance=instance, image=image),
        place=project.place(topology, component=component, volumes=volumes, version=version),
        instance=instance,
    )


def _own_volumes(topology: Topology, component: str) -> dict[str, str]:
    own = {"service": {SOCKETS: "socket"}, "beat": {SCHEDULE: "schedule"}}.get(component, {})
    # The worker reads the static files' manifest too: a mail may link to one.
    wanted = {project.STATIC: "static", **own}
    return {path: f"{topology.prefix}-{name}" for path, name in wanted.items()}


def _program(
    topology: Topology, component: str, *, instance: str, image: pulumi.Input[str]
) -> Program:
    app = topology.app
    celery = ["python", "-m", "upshift_runtime.celery_command", "-A", app.celery or ""]
    if component == "service":
        bind = ["--bind", f"unix:{socket_of(instance)}"]
        return project.program(
            topology,
            image=image,
            limits=topology.service.limits,
            command=["gunicorn", "-c", "/run/upshift/gunicorn.conf.py", *bind],
            health=_live(topology, instance=instance),
            own=operator_tokens(),
        )
    if component == "worker":
        number = str(topology.worker.concurrency)
        return project.program(
            topology,
            image=image,
            limits=topology.worker.limits,
            command=[*celery, "worker", "--loglevel", "INFO", "--concurrency", number],
            health=app.worker_health,
            # A running task may last longer than a request.
            stop_grace=topology.worker.stop_grace,
        )
    return project.program(
        topology,
        image=image,
        limits=topology.beat.limits,
        command=[*celery, "beat", "--loglevel", "INFO", "-s", f"{SCHEDULE}/schedule"],
        health=app.beat_health,
        start=False,  # two beats would send each task twice: it starts after the old one's end
    )


def _live(topology: Topology, *, instance: str) -> list[str]:
    """A request as the edge's: over the socket, with an allowed host, as over TLS."""
    host = f"Host: {in_url(topology.edge.server_names[0])}"
    command = ["curl", "-fsS", "-o", "/dev/null", "--unix-socket", socket_of(instance), "-H", host]
    return [*command, "-H", "X-Forwarded-Proto: https", f"http://localhost{topology.app.live_path}"]
