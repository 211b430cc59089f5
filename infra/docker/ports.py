"""Check that the edge's ports are free: Docker would fail only after it removed the old edge."""

import errno
import socket

from infra import process
from infra.docker import engine_address
from stacks.errors import PreflightError
from stacks.topology import Topology


def check(topology: Topology) -> str:
    """The edge's ports are free, or used by this environment. Raises PreflightError."""
    edge = topology.edge
    if engine_address.is_remote():
        return "ports: on another machine, not checked"
    own = _own_ports(topology)
    for key in ("http_port", "https_port"):
        port = getattr(edge, key)
        for address in edge.published:
            if (address, port) not in own:
                _require_free(port, bind=address, key=key, own={port for _, port in own})
    return f"ports: {edge.http_port}, {edge.https_port}"


def _require_free(port: int, *, bind: str, key: str, own: set[int]) -> None:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((bind, port))
    except PermissionError:
        return  # a port below 1024: the engine has the right to open it
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            if port in own:
                return  # the edge's own, on another address: the old edge is removed first
            raise PreflightError(
                f"port {port} is already in use by {_user_of(port)}",
                where=f"topology.edge.{key}",
                hint=f"stop that, or set topology.edge.{key} to another port",
            ) from error
        raise PreflightError(
            f"{bind!r} is not an address of this machine: {error.strerror}",
            where="topology.edge.bind",
            hint="127.0.0.1 (this machine only) or 0.0.0.0 (everywhere)",
        ) from error


def _own_ports(topology: Topology) -> set[tuple[str, int]]:
    """Address and port of each that this environment's edge uses, by the edge's labels."""
    labels = [f"label={label}={value}" for label, value in topology.labels("edge").items()]
    filters = [word for label in labels for word in ("--filter", label)]
    running = (process.output_of(["docker", "ps", "-q", *filters]) or "").split()
    if not running:
        return set()
    shape = "{{range .HostConfig.PortBindings}}{{range .}}{{.HostIp}}|{{.HostPort}} {{end}}{{end}}"
    shown = process.output_of(["docker", "container", "inspect", "-f", shape, *running]) or ""
    pairs = (each.rpartition("|") for each in shown.split())
    return {(host, int(port)) for host, _, port in pairs}


def _user_of(port: int) -> str:
    shown = process.output_of(
        ["docker", "ps", "--filter", f"publish={port}", "--format", "{{.Names}}"]
    )
    names = ", ".join((shown or "").split())
    return f"the container {names}" if names else "another program"
