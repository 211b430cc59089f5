"""Nginx's settings, from the topology."""

import math

from stacks.instances import LIVE_SOCKET
from stacks.files.templates import render
from stacks.topology import Topology
from stacks.values import in_url

HSTS_SECONDS = 63_072_000  # two years, what the browsers' preload list asks at least one of
# Seconds for which the edge uses one connection to the service: see nginx.conf.j2.
UPSTREAM_AGE = 2
LOOPBACK_PORT = 8444  # inside the edge's container, on its loopback address only
# What Nginx itself answers, each with a JSON body (RFC 9457).
ERRORS = {
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def nginx_conf(topology: Topology) -> str:
    """The whole of nginx.conf."""
    edge = topology.edge
    return render(
        "nginx.conf.j2",
        edge=edge,
        # Not `auto`: that counts the machine's cores, not the container's share of them.
        processes=max(2, math.ceil(edge.limits.cpus)),
        names=" ".join(in_url(name) for name in edge.server_names),
        proxies=edge.trusted_proxies,
        redirect_port="" if edge.https_port == 443 else f":{edge.https_port}",
        shared=topology.app.public_paths if edge.cache.memory else (),
        live_path=topology.app.live_path,
        socket=LIVE_SOCKET,
        upstream_age=UPSTREAM_AGE,
        loopback=LOOPBACK_PORT,
        hsts=HSTS_SECONDS,
        errors=ERRORS,
    )


def security_headers_conf(topology: Topology) -> str:
    """What every location includes, since `add_header` in a location drops what it inherits."""
    return render("security-headers.conf.j2", product=topology.name)
