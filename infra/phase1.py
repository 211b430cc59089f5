"""Phase 1: everything in containers on one machine."""

from dataclasses import dataclass

import pulumi

from infra.certificate import EdgeCertificate, edge_certificate
from infra.components import edge, postgres, redis, service
from infra.files import Files, FilesOf
from infra.ground import Networks, Volumes
from infra.images import image_ids
from infra.random_secret import Secrets
from infra.ready import once_ready
from stacks.release import release_id
from stacks.topology import COMPONENTS, Topology


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
    carried = _files(topology, secrets=secrets, certificate=certificate)
    files = Files(topology, files=carried, image=images["base"], opts=under)

    ground = _after(root, networks, volumes, files)
    database = postgres.Postgres(topology, image=images["postgres"], files=files, opts=ground)
    cache = redis.Redis(topology, use="cache", image=images["redis"], files=files, opts=ground)
    queue = redis.Redis(topology, use="queue", image=images["redis"], files=files, opts=ground)

    data = [database.container, cache.container, queue.container]
    image = once_ready(images["app"], needs=data, topology=topology)
    stored = _after(root, database, cache, queue)
    release = service.Release(topology, image=image, files=files, opts=stored)
    released = _after(root, release)
    processes = service.Processes(topology, image=release.image, files=files, opts=released)
    image = once_ready(images["nginx"], needs=[processes.service], topology=topology)
    front = edge.Edge(topology, image=image, files=files, opts=_after(root, processes))
    last = [front.container, processes.worker, processes.beat]
    return Phase1(
        url=once_ready(topology.url, needs=last, topology=topology),
        release=release_id(topology),
        containers={name: topology.container(name) for name in COMPONENTS},
        ca_certificate=certificate.trust,
    )


def _after(root: pulumi.Resource, *needed: pulumi.Resource) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(parent=root, depends_on=list(needed))


def _files(topology: Topology, *, secrets: Secrets, certificate: EdgeCertificate) -> FilesOf:
    processes = {
        name: service.files(topology, component=name, secrets=secrets)
        for name in ("release", "service", "worker", "beat")
    }
    return {
        "edge": edge.files(topology, certificate=certificate),
        "postgres": postgres.files(topology, secrets=secrets),
        "redis-cache": redis.files(topology, use="cache", secrets=secrets),
        "redis-queue": redis.files(topology, use="queue", secrets=secrets),
        **processes,
    }
