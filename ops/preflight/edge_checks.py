"""What the edge promises, compared with what this machine and its engine have."""

import json
import re
import shutil
from ipaddress import ip_address
from pathlib import Path

from infra.docker import engine_address
from ops.run import run
from stacks.errors import PreflightError
from stacks.topology import Topology

MIB = 1024 * 1024
DAEMON_FILE = Path("/etc/docker/daemon.json")
FIRST_WITH_IP6TABLES = 27  # from then on the engine keeps the address of IPv6 clients by default


def bodies_fit(topology: Topology) -> str:
    """The engine's disk has room for all request bodies that may be under way at once.

    Those that come in wait at the edge, and each thread of the service may have one more.
    """
    edge, service = topology.edge, topology.service
    wanted = edge.room + edge.body_limit * service.workers * service.threads
    folder = Path(run(["docker", "info", "--format", "{{.DockerRootDir}}"]).stdout.strip())
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // MIB
    if wanted > free:
        raise PreflightError(
            f"request bodies may take {wanted} MiB of disk, and {free} MiB are free: body_limit"
            f" {edge.body_limit} MiB for {edge.uploads} uploads and"
            f" {service.workers * service.threads} threads of the service",
            where="topology.edge.body_limit, topology.edge.uploads",
            hint="lower one of them, or free some disk",
        )
    return f"bodies: {wanted} MiB at most"


def client_addresses(topology: Topology) -> str:
    """The engine shows the edge the address of each client, and not its own for all.

    Raises PreflightError for an address of IPv6 on an engine that would hide its clients: all of
    them would share one rate limit. The loopback address has no clients but this machine.
    """
    bind = ip_address(topology.edge.bind)
    if bind.version == 4 or bind.is_loopback:
        return f"clients: by {topology.edge.bind}"
    version = run(["docker", "version", "--format", "{{.Server.Version}}"]).stdout.strip()
    found = re.match(r"\d+", version)
    told = _told_the_engine()
    default = bool(found) and int(found[0]) >= FIRST_WITH_IP6TABLES if found else False
    if told.get("ip6tables", default) is True:
        return f"clients: by {bind}, IPv6 addresses are kept"
    raise PreflightError(
        f"Docker {version} shows every client of IPv6 with the address of its own bridge, so that"
        " all of them would share one rate limit",
        where=f"topology.edge.bind: {bind}",
        hint='set "ip6tables": true (before Docker 27 with "experimental": true) in'
        f" {DAEMON_FILE} and restart the engine, or bind an IPv4 address",
    )


def _told_the_engine() -> dict[str, object]:
    """What the engine's own file says; nothing where it is on another machine or cannot be read."""
    if engine_address.is_remote():
        return {}
    try:
        told = json.loads(DAEMON_FILE.read_text())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
