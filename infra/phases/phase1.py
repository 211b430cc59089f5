"""Phase 1: everything in containers on one machine."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra.components import edge, postgres, project, redis, release, service, user_secrets
from infra.components.changeover import once_taken_over
from infra.docker.edge_settings import accepted, loaded
from infra.docker.files import Files, FilesOf
from infra.docker.images import image_ids
from infra.docker.networks import Networks, Volumes
from infra.docker.ready import once_ready
from infra.providers.certificate import edge_certificate
from infra.providers.data_record import DataRecord
from infra.providers.random_secret import Secrets
from stacks.release import release_id
from stacks.topology import Topology


@dataclass(frozen=True)
class Phase1:
    """What was made, for the stack's outputs. The `url` comes when all is ready."""

    url: pulumi.Output[str]
    release: str
    containers: dict[str, str]
    ca_certificate: pulumi.Input[str]


class Environment(pulumi.ComponentResource):
    """The root of all that a stack owns."""

    def __init__(self, topology: Topology) -> None:
        super().__init__("upshift:phase1:Environment", topology.prefix)
        self.register_outputs({})


def build(topology: Topology) -> Phase1:
    """Make the environment; each step waits until what it needs is healthy."""
    root = Environment(topology)
    under = pulumi.ResourceOptions(parent=root)
    images = image_ids(topology, parent=root)
    secrets = Secrets(opts=under)
    certificate = edge_certificate(topology, parent=root)
    networks, volumes = Networks(topology, opts=under), Volumes(topology, opts=under)
    instances = service.instances(topology, secrets=secrets)
    fronted = edge.files(topology, certificate=certificate, gateways=networks.front_gateways)
    carried = {"edge": fronted, **_files(topology, secrets=secrets, instances=instances)}
    image = accepted(images["base"], topology=topology, nginx=images["nginx"], files=fronted)
    files = Files(topology, files=carried, image=image, opts=under)

    ground = _after(root, networks, volumes, files)
    database = postgres.Postgres(topology, image=images["postgres"], files=files, opts=ground)
    cache = redis.Redis(topology, use="cache", image=images["redis"], files=files, opts=ground)
    queue = redis.Redis(topology, use="queue", image=images["redis"], files=files, opts=ground)

    data = [database.container, cache.container, queue.container]
    image = once_ready(images["app"], needs=data, topology=topology)
    ready = image.apply(lambda _: topology.container("postgres"))
    protected = ["authority", *(f"secret-{name}" for name in secrets.by_name)]
    DataRecord(topology, ready=ready, protected=protected, opts=under)
    stored = _after(root, database, cache, queue)
    job = release.Release(topology, image=image, files=files, database=ready, opts=stored)
    processes = service.Processes(
        topology, image=job.image, files=files, instances=instances, opts=_after(root, job)
    )
    image = once_taken_over(
        images["nginx"], topology=topology, processes=processes, instances=instances
    )
    front = edge.Edge(topology, image=image, files=files, opts=_after(root, processes))
    url = loaded(topology.url, topology=topology, files=files, edge=front.container)
    names = {part: f"{part}-{instance}" for part, instance in instances.items()}
    return Phase1(
        url=once_ready(url, needs=[front.container], topology=topology),
        release=release_id(topology),
        containers={
            name: topology.container(names.get(name, name)) for name in topology.components
        },
        ca_certificate=certificate.trust,
    )


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
