"""Redis: one for the cache and one for the queue, which need different eviction policies."""

from typing import Literal

import pulumi
import pulumi_docker as docker

from infra.docker.container import run_on
from infra.docker.container_arguments import UIDS, Place, Program
from infra.docker.files import File, Files
from infra.providers.random_secret import Secrets
from stacks.files.redis import redis_conf
from stacks.topology import Topology
from stacks.topology.data import Redis as Wanted

Use = Literal["cache", "queue"]


def wanted_for(topology: Topology, *, use: Use) -> Wanted:
    """The part of the topology for this use."""
    return topology.redis_cache if use == "cache" else topology.redis_queue


def files(topology: Topology, *, use: Use, secrets: Secrets) -> dict[str, File]:
    """The files that the container reads below /run/upshift."""
    password = secrets.file(f"{use}-password")
    line = pulumi.Output.concat("requirepass ", password.content, "\n")
    return {
        "redis.conf": File.plain(redis_conf(topology, use=use)),
        "auth.conf": File(content=line, version=password.version, secret="yes"),
    }


class Redis(pulumi.ComponentResource):
    """One Redis server."""

    def __init__(
        self,
        topology: Topology,
        *,
        use: Use,
        image: pulumi.Input[str],
        files: Files,
        opts: pulumi.ResourceOptions,
    ) -> None:
        component = f"redis-{use}"
        super().__init__("upshift:phase1:Redis", use, None, opts)
        ping = (
            'REDISCLI_AUTH="$(cut -d" " -f2 /run/upshift/auth.conf)" redis-cli ping | grep -q PONG'
        )
        program = Program(
            image=image,
            uid=UIDS["redis"],
            limits=wanted_for(topology, use=use).limits,
            command=["redis-server", "/run/upshift/redis.conf"],
            health=["sh", "-c", ping],
            tmpfs={} if use == "queue" else {"/data": "rw,size=16m,uid=10004,gid=10004"},
        )
        data = {"/data": f"{topology.prefix}-redis-queue-data"} if use == "queue" else {}
        place = Place(
            networks=[f"{topology.prefix}-back"],
            volumes={**data, **files.mount(component)},
            files=files.version(component),
        )
        own = pulumi.ResourceOptions(parent=self)
        self.container: docker.Container = run_on(
            topology, component, program=program, place=place, opts=own
        )
        self.register_outputs({})
