"""The edge: Nginx with TLS, in front of the service's socket."""

import pulumi
import pulumi_docker as docker

from infra.certificate import EdgeCertificate
from infra.container import UIDS, Place, Program, run_on
from infra.ground import File, Files
from stacks.files.nginx import nginx_conf, security_headers_conf
from stacks.topology import Topology


def files(topology: Topology, *, certificate: EdgeCertificate) -> dict[str, File]:
    """What the container reads below /run/upshift."""
    return {
        "nginx.conf": File.plain(nginx_conf(topology)),
        "security-headers.conf": File.plain(security_headers_conf(topology)),
        "tls.crt": File(content=certificate.chain, version=certificate.id),
        "tls.key": File(content=certificate.key, version=certificate.id, secret="yes"),
    }


class Edge(pulumi.ComponentResource):
    """What the world reaches."""

    def __init__(
        self,
        topology: Topology,
        *,
        image: pulumi.Input[str],
        files: Files,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("upshift:phase1:Edge", "front", None, opts)
        wanted = topology.edge
        live = f"https://{wanted.server_names[0]}:8443{topology.app.live_path}"
        resolve = f"{wanted.server_names[0]}:8443:127.0.0.1"
        program = Program(
            image=image,
            uid=UIDS["nginx"],
            limits=wanted.limits,
            command=["nginx", "-c", "/run/upshift/nginx.conf", "-g", "daemon off;"],
            health=["curl", "-fsSk", "-o", "/dev/null", "--resolve", resolve, live],
            stop_signal="SIGQUIT",
        )
        ports = [
            docker.ContainerPortArgs(internal=inside, external=outside, ip=wanted.bind)
            for inside, outside in ((8080, wanted.http_port), (8443, wanted.https_port))
        ]
        place = Place(
            networks=[f"{topology.prefix}-front"],
            volumes={
                "/srv/static": f"{topology.prefix}-static",
                "/run/service": f"{topology.prefix}-socket",
                **files.mount("edge"),
            },
            ports=ports,
            files=files.version("edge"),
        )
        own = pulumi.ResourceOptions(parent=self)
        self.container: docker.Container = run_on(
            topology, "edge", program=program, place=place, opts=own
        )
        self.register_outputs({})
