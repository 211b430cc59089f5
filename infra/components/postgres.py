"""PostgreSQL: one primary, prepared for replicas."""

import pulumi
import pulumi_docker as docker

from infra.docker.container import run_on
from infra.docker.container_arguments import UIDS, Place, Program
from infra.docker.files import File, Files
from infra.providers.random_secret import Secrets
from stacks.files.postgres import pg_hba_conf, postgresql_conf, shared_memory
from stacks.topology import Topology


def files(topology: Topology, *, secrets: Secrets) -> dict[str, File]:
    """The files that the container reads below /run/upshift."""
    return {
        "postgresql.conf": File.plain(postgresql_conf(topology)),
        "pg_hba.conf": File.plain(pg_hba_conf(topology)),
        "database-password": secrets.file("database-password"),
        "replication-password": secrets.file("replication-password"),
    }


class Postgres(pulumi.ComponentResource):
    """The database server."""

    def __init__(
        self,
        topology: Topology,
        *,
        image: pulumi.Input[str],
        files: Files,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("upshift:phase1:Postgres", "database", None, opts)
        wanted = topology.postgres
        program = Program(
            image=image,
            uid=UIDS["postgres"],
            limits=wanted.limits,
            environment={"POSTGRES_DB": wanted.database, "POSTGRES_USER": wanted.user},
            health=["pg_isready", "-q", "-h", "/run/postgresql", "-d", wanted.database],
            tmpfs={"/run/postgresql": "rw,nosuid,size=1m,uid=10003,gid=10003,mode=0755"},
            shared_memory=shared_memory(topology),
            stop_signal="SIGINT",
            stop_grace=60,
        )
        place = Place(
            networks=[f"{topology.prefix}-back"],
            volumes={
                "/var/lib/postgresql/data": f"{topology.prefix}-postgres-data",
                **files.mount("postgres"),
            },
            files=files.version("postgres"),
        )
        own = pulumi.ResourceOptions(parent=self)
        self.container: docker.Container = run_on(
            topology, "postgres", program=program, place=place, opts=own
        )
        self.register_outputs({})
