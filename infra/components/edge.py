"""The edge: Nginx with TLS, in front of the service's socket."""

import pulumi
import pulumi_docker as docker

from infra.docker.container import run_on
from infra.docker.container_arguments import ANONYMOUS, UIDS, Place, Program
from infra.docker.edge_config import VERSION_FILE
from infra.docker.files import File, Files, version_of
from infra.providers.certificate import EdgeCertificate
from stacks.files.nginx import LOOPBACK_PORT, SPOOL, nginx_files
from stacks.topology import Topology


def files(
    topology: Topology, *, certificate: EdgeCertificate, gateways: pulumi.Output[list[str]]
) -> dict[str, File]:
    """The files that the container reads below /run/upshift. `gateways`: see `nginx_conf`."""
    texts = {name: File.plain(text) for name, text in nginx_files(topology).items()}
    if topology.edge.trusts_this_host:  # known only when the network exists
        text = gateways.apply(lambda found: nginx_files(topology, gateways=found)["nginx.conf"])
        texts["nginx.conf"] = File(content=text, version=text)
    settings = {
        **texts,
        "tls.crt": File(content=certificate.chain, version=certificate.id),
        "tls.key": File(content=certificate.key, version=certificate.id, secret="yes"),
    }
    # The running edge answers with this version: which settings it has loaded.
    version = version_of(settings)
    content = pulumi.Output.concat('return 200 "', version, '\\n";\n')
    return {**settings, VERSION_FILE: File(content=content, version=version)}


def _program(topology: Topology, *, image: pulumi.Input[str]) -> Program:
    wanted = topology.edge
    # More than Nginx's limit: it removes what exceeds the limit a moment later.
    size = f"size={wanted.cache.memory + 4}m"
    return Program(
        image=image,
        uid=UIDS["nginx"],
        limits=wanted.limits,
        command=["nginx", "-c", "/run/upshift/nginx.conf", "-g", "daemon off;"],
        # Without the project's names and paths: those change by a reload.
        health=["curl", "-fsSk", "-o", "/dev/null", f"https://127.0.0.1:{LOOPBACK_PORT}/health"],
        tmpfs={"/run/cache": f"rw,noexec,nosuid,{size},uid=10002,gid=10002,mode=0700"},
        stop_signal="SIGQUIT",
    )


def _place(topology: Topology, *, files: Files) -> Place:
    wanted = topology.edge
    ports = [
        docker.ContainerPortArgs(internal=inside, external=outside, ip=address)
        for inside, outside in ((8080, wanted.http_port), (8443, wanted.https_port))
        for address in wanted.published
    ]
    return Place(
        networks=[f"{topology.prefix}-{wanted.network}"],
        volumes={
            "/srv/static": f"{topology.prefix}-static",
            "/run/service": f"{topology.prefix}-socket",
            SPOOL: ANONYMOUS,
            **files.mount("edge"),
        },
        ports=ports,
        # No version of its files: the running Nginx reloads changed ones (edge_settings).
    )


class Edge(pulumi.ComponentResource):
    """The environment's only component with published ports."""

    def __init__(
        self,
        topology: Topology,
        *,
        image: pulumi.Input[str],
        files: Files,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("upshift:phase1:Edge", "front", None, opts)
        program, place = _program(topology, image=image), _place(topology, files=files)
        own = pulumi.ResourceOptions(parent=self)
        self.container: docker.Container = run_on(
            topology, "edge", program=program, place=place, opts=own
        )
        self.register_outputs({})
