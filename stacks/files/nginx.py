"""Nginx's settings, from the topology."""

import math
from collections.abc import Sequence

from stacks.files.templates import render
from stacks.instances import LIVE_SOCKET
from stacks.topology import Topology
from stacks.values import in_url

# Seconds for which the edge uses one connection to the service: see nginx.conf.j2.
UPSTREAM_AGE = 2
LOOPBACK_PORT = 8444  # inside the edge's container, on its loopback address only
SPOOL = "/var/tmp"  # where bodies and answers wait that do not fit in memory
SMALL_BODY = 64  # KiB: what is kept in memory; a larger body is counted as an upload
WEAK_TAGS = 4  # of one If-Match header, from which `W/` is taken off
# Responses of Nginx itself, each with a JSON body (RFC 9457).
TITLES = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    421: "Misdirected Request",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
}
# Nginx's own numbers, and which of the above is answered. Its 500 is that it has no room left.
ERRORS = {
    **{code: code for code in TITLES if code != 431},
    **{494: 431, 495: 400, 496: 400, 497: 400, 500: 503},
}
# Found before there is an address, so that there is nothing that a named location could keep.
EARLY = (400, 414, 431, 501, 505)
# Headers of the service that the edge sets in its stead: all of them for the bundled API, and for
# another project only those that have a default.
API_HEADERS = (
    *("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "X-Request-ID"),
    *("Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy"),
    *("Content-Security-Policy", "Strict-Transport-Security"),
)
# Name, Nginx's name of it, and the value for an answer that has none.
DEFAULTS = (
    ("X-Content-Type-Options", "x_content_type_options", "nosniff"),
    ("Referrer-Policy", "referrer_policy", "strict-origin-when-cross-origin"),
    ("X-Request-ID", "x_request_id", "$request_id"),
)


def hsts(topology: Topology) -> str:
    """The value of Strict-Transport-Security; empty where the edge sends none.

    By default two years for the bundled service, but none in development and none for another
    project, whose own header passes.
    """
    wanted = topology.edge.hsts
    age = wanted.max_age
    if age is None:
        if topology.headers != "api" or topology.app.mode == "development":
            return ""
        age = 63_072_000
    subdomains = "; includeSubDomains" if wanted.subdomains else ""
    return f"max-age={age}{subdomains}" + ("; preload" if wanted.preload else "")


def error_place(code: int) -> str:
    """Where the answer to one of Nginx's own numbers is: a named location, or an address."""
    shown = ERRORS.get(code, code)
    return f"/.edge/errors/{shown}" if shown in EARLY else f"@error{shown}"


def nginx_conf(topology: Topology, *, gateways: Sequence[str] = ()) -> str:
    """The whole of nginx.conf.

    `gateways` are this host's addresses in the edge's network: how a proxy on the host is seen.
    """
    edge = topology.edge
    # Not `auto`: that counts the machine's cores, not the container's share of them.
    processes = max(2, math.ceil(edge.limits.cpus))
    port = edge.url_port
    own_hsts = ("Strict-Transport-Security",) if hsts(topology) else ()
    api = topology.headers == "api"
    return render(
        "nginx.conf.j2",
        edge=edge,
        processes=processes,
        # Of one process: clients and the service; never too few for what is always there.
        connections=max(128, math.ceil(2 * edge.clients / processes)),
        names=" ".join(in_url(name) for name in edge.server_names),
        proxies=(*edge.trusted_proxies, *(gateways if edge.trusts_this_host else ())),
        redirect_port="" if port == 443 else f":{port}",
        shared=topology.app.public_paths if edge.cache.memory else (),
        live_path=topology.app.live_path,
        socket=LIVE_SOCKET,
        upstream_age=UPSTREAM_AGE,
        loopback=LOOPBACK_PORT,
        immutable=topology.app.immutable_static,
        headers=topology.headers,
        hidden=API_HEADERS if api else (*(name for name, _, _ in DEFAULTS), *own_hsts),
        defaults=DEFAULTS,
        hsts=hsts(topology),
        errors=ERRORS,
        error_place=error_place,
        as_page="" if api else "$as_page",
        spool=SPOOL,
        small_body=SMALL_BODY,
        weak_tags=WEAK_TAGS,
    )


def security_headers_conf(topology: Topology) -> str:
    """What every location includes, since `add_header` in a location drops what it inherits."""
    return render(
        "security-headers.conf.j2",
        product=topology.name,
        headers=topology.headers,
        hsts=hsts(topology),
        defaults=DEFAULTS,
    )


def errors_conf(topology: Topology) -> str:
    """What Nginx answers by itself; for another project's browsers as a page."""
    pages = ("",) if topology.headers == "api" else ("", "-page")
    return render("errors.conf.j2", titles=TITLES, place=error_place, early=EARLY, pages=pages)


def nginx_files(topology: Topology, *, gateways: Sequence[str] = ()) -> dict[str, str]:
    """What Nginx reads below /run/upshift, by name; the certificate and its key come beside."""
    return {
        "nginx.conf": nginx_conf(topology, gateways=gateways),
        "security-headers.conf": security_headers_conf(topology),
        "errors.conf": errors_conf(topology),
    }
