"""Check the edge's settings against this machine and its Docker engine."""

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
IP6TABLES_VERSION = 27  # since this one the engine keeps IPv6 client addresses by default


def bodies_fit(topology: Topology) -> str:
    """The engine's disk has space for all request bodies that may be in transit at once.

    Incoming bodies are buffered at the edge, and each thread of the service may hold one more.
    """
    edge, service = topology.edge, topology.service
    wanted = edge.room + edge.body_limit * service.workers * service.threads
    folder = Path(run(["docker", "info", "--format", "{{.DockerRootDir}}"]).stdout.strip())
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // MIB
    if wanted > free:
        raise PreflightError(
            f"request bodies may need {wanted} MiB of disk, and {free} MiB are free: body_limit"
            f" {edge.body_limit} MiB for {edge.uploads} uploads and"
            f" {service.workers * service.threads} threads of the service",
            where="topology.edge.body_limit, topology.edge.uploads",
            hint="lower one of them, or free some disk space",
        )
    return f"request bodies: {wanted} MiB at most"


def client_addresses(topology: Topology) -> str:
    """The edge sees each client's own address.

    Raises PreflightError for an IPv6 address on an engine that hides IPv6 clients behind its own
    address: all of them would share one rate limit. The loopback address only serves this machine.
    """
    bind = ip_address(topology.edge.bind)
    if bind.version == 4 or bind.is_loopback:
        return f"client addresses: kept, on {topology.edge.bind}"
    version = run(["docker", "version", "--format", "{{.Server.Version}}"]).stdout.strip()
    found = re.match(r"\d+", version)
    settings = _daemon_settings()
    default = bool(found) and int(found[0]) >= IP6TABLES_VERSION if found else False
    if settings.get("ip6tables", default) is True:
        return f"client addresses: kept, on {bind}"
    raise PreflightError(
        f"Docker {version} replaces the address of every IPv6 client by its own bridge's, so that"
        " all of them would share one rate limit",
        where=f"topology.edge.bind: {bind}",
        hint='set "ip6tables": true (before Docker 27 with "experimental": true) in'
        f" {DAEMON_FILE} and restart the engine, or bind an IPv4 address",
    )


def _daemon_settings() -> dict[str, object]:
    """The engine's daemon.json; empty when it is on another machine or cannot be read."""
    if engine_address.is_remote():
        return {}
    try:
        settings = json.loads(DAEMON_FILE.read_text())
    except (OSError, ValueError):
        return {}
    return settings if isinstance(settings, dict) else {}
