"""Phase 1: everything in containers on one machine."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra.components import edge, postgres, project, redis, release, service, user_secrets
from infra.components.rollout import when_rolled_out
from infra.docker.edge_config import when_reloaded, when_valid
from infra.docker.files import Files, FilesOf
from infra.docker.images import image_ids
from infra.docker.networks import Networks, Volumes
from infra.docker.readiness import when_ready
from infra.providers.certificate import edge_certificate
from infra.providers.data_record import DataRecord
from infra.providers.random_secret import Secrets
from stacks.release import release_id
from stacks.topology import Topology


@dataclass(frozen=True)
class Phase1:
    """The stack's outputs. The `url` is known when everything is ready."""

    url: pulumi.Output[str]
    release: str
    containers: dict[str, str]
    ca_certificate: pulumi.Input[str]


class Environment(pulumi.ComponentResource):
    """The parent of all the stack's resources."""

    def __init__(self, topology: Topology) -> None:
        super().__init__("upshift:phase1:Environment", topology.prefix)
        self.register_outputs({})


@dataclass(frozen=True)
class DataServers:
    """PostgreSQL and the two Redis servers; `ready` is PostgreSQL's name, once all are ready."""

    components: tuple[pulumi.Resource, ...]
    ready: pulumi.Output[str]
    app_image: pulumi.Output[str]


def build(topology: Topology) -> Phase1:
    """Deploy the environment; each step waits until what it needs is healthy."""
    root = Environment(topology)
    under = pulumi.ResourceOptions(parent=root)
    images, secrets = image_ids(topology, parent=root), Secrets(opts=under)
    certificate = edge_certificate(topology, parent=root)
    networks, volumes = Networks(topology, opts=under), Volumes(topology, opts=under)
    instances = service.instances(topology, secrets=secrets)
    of_edge = edge.files(topology, certificate=certificate, gateways=networks.front_gateways)
    by_component = {"edge": of_edge, **_files(topology, secrets=secrets, instances=instances)}
    image = when_valid(images["base"], topology=topology, nginx=images["nginx"], files=of_edge)
    files = Files(topology, files=by_component, image=image, opts=under)

    ground = _after(root, networks, volumes, files)
    data = _data_servers(topology, images=images, files=files, opts=ground)
    protected = ["authority", *(f"secret-{name}" for name in secrets.by_name)]
    DataRecord(topology, ready=data.ready, protected=protected, opts=under)
    stored = _after(root, *data.components)
    job = release.Release(
        topology, image=data.app_image, files=files, database=data.ready, opts=stored
    )
    processes = service.Processes(
        topology, image=job.image, files=files, instances=instances, opts=_after(root, job)
    )
    image = when_rolled_out(
        images["nginx"], topology=topology, processes=processes, instances=instances
    )
    front = edge.Edge(topology, image=image, files=files, opts=_after(root, processes))
    url = when_reloaded(topology.url, topology=topology, files=files, edge=front.container)
    return Phase1(
        url=when_ready(url, needs=[front.container], topology=topology),
        release=release_id(topology),
        containers=_container_names(topology, instances=instances),
        ca_certificate=certificate.trust,
    )


def _data_servers(
    topology: Topology,
    *,
    images: Mapping[str, pulumi.Output[str]],
    files: Files,
    opts: pulumi.ResourceOptions,
) -> DataServers:
    database = postgres.Postgres(topology, image=images["postgres"], files=files, opts=opts)
    cache = redis.Redis(topology, use="cache", image=images["redis"], files=files, opts=opts)
    queue = redis.Redis(topology, use="queue", image=images["redis"], files=files, opts=opts)
    needs = [database.container, cache.container, queue.container]
    image = when_ready(images["app"], needs=needs, topology=topology)
    ready = image.apply(lambda _: topology.container("postgres"))
    return DataServers((database, cache, queue), ready=ready, app_image=image)


def _container_names(topology: Topology, *, instances: Mapping[str, str]) -> dict[str, str]:
    names = {component: f"{component}-{instance}" for component, instance in instances.items()}
    return {name: topology.container(names.get(name, name)) for name in topology.components}


def _after(root: pulumi.Resource, *needed: pulumi.Resource) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(parent=root, depends_on=list(needed))


def _files(topology: Topology, *, secrets: Secrets, instances: Mapping[str, str]) -> FilesOf:
    processes = {
        f"{name}-{instance}": project.files(topology, component=name, secrets=secrets)
        for name, instance in instances.items()
    }
    return {
        "postgres": postgres.files(topology, secrets=secrets),
        "redis-cache": redis.files(topology, use="cache", secrets=secrets),
        "redis-queue": redis.files(topology, use="queue", secrets=secrets),
        user_secrets.release_volume(topology): project.files(
            topology, component="release", secrets=secrets
        ),
        **processes,
    }
