"""Nginx's settings, from the topology."""

from stacks.files.templates import render
from stacks.topology import Topology

HSTS_SECONDS = 63_072_000  # two years, what the browsers' preload list asks at least one of


def nginx_conf(topology: Topology) -> str:
    """The whole of nginx.conf."""
    edge = topology.edge
    return render(
        "nginx.conf.j2",
        edge=edge,
        names=" ".join(edge.server_names),
        redirect_port="" if edge.https_port == 443 else f":{edge.https_port}",
        live_path=topology.app.live_path,
        errors={404: "Not Found", 413: "Content Too Large", 429: "Too Many Requests"}
        | {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"},
    )


def security_headers_conf(topology: Topology) -> str:
    """What every location includes, since `add_header` in a location drops what it inherits."""
    return render("security-headers.conf.j2", hsts=HSTS_SECONDS, mode=topology.app.mode)
