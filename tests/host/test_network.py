"""What is open, and what must be closed."""

import socket

import pytest
import testinfra

from stacks.topology import COMPONENTS
from tests.host.environment import JOB, Door, Environment

CALLERS = ("service", "worker")
INSIDE = tuple(name for name in (*COMPONENTS, JOB) if name != "edge")


def reach(environment: Environment, *, source: str, address: str, port: int) -> int:
    """The exit code of a TCP connection tried from inside a container: 0 when it was accepted."""
    script = f"timeout 1 bash -c 'exec 3<>/dev/tcp/{address}/{port}'"
    return environment.ask(source, script).code


def test_the_edge_is_published_where_the_topology_says(environment: Environment) -> None:
    edge = environment.topology.edge
    bindings = environment.container("edge")["HostConfig"]["PortBindings"]
    published = {
        (port, each["HostIp"], int(each["HostPort"]))
        for port, places in bindings.items()
        for each in places
    }
    assert published == {
        ("8080/tcp", edge.bind, edge.http_port),
        ("8443/tcp", edge.bind, edge.https_port),
    }


def test_the_edge_accepts_connections_on_both_ports(door: Door) -> None:
    for port in (door.http_port, door.https_port):
        with socket.create_connection((door.host, port), timeout=5) as connection:
            assert connection.getpeername()[1] == port


@pytest.mark.parametrize("component", INSIDE)
def test_only_the_edge_is_published(environment: Environment, component: str) -> None:
    container = environment.container(component)
    assert container["NetworkSettings"]["Networks"], f"{component} is on no network"
    assert not container["HostConfig"]["PortBindings"]
    assert not container["HostConfig"]["PublishAllPorts"]


def test_each_component_is_on_its_own_networks_only(environment: Environment) -> None:
    prefix = environment.topology.prefix
    front, out, back = (f"{prefix}-{name}" for name in ("front", "out", "back"))
    there = (*environment.topology.components, JOB)
    wanted = {name: {back} for name in there} | {"edge": {front}}
    wanted |= {name: {out, back} for name in CALLERS if name in there}
    found = {
        name: set(environment.container(name)["NetworkSettings"]["Networks"]) for name in wanted
    }
    assert found == wanted


def test_only_the_network_of_the_data_has_no_way_out(environment: Environment) -> None:
    names = [f"{environment.topology.prefix}-{name}" for name in ("front", "out", "back")]
    shape = "{{.Name}} {{.Internal}}"
    shown = testinfra.get_host("local://").run(
        f"docker network inspect -f '{shape}' {' '.join(names)}"
    )
    closed = dict(line.split() for line in shown.stdout.splitlines())
    assert closed == dict(zip(names, ["false", "false", "true"], strict=True)), shown.stderr


DATA = {"postgres": 5432, "redis-cache": 6379, "redis-queue": 6379}


def reached(environment: Environment, *, source: str) -> set[str]:
    """Which data servers accept a connection tried from inside a container, all tried at once."""
    tries = " ".join(
        f"(timeout 1 bash -c 'exec 3<>/dev/tcp/{environment.address(name)}/{port}'"
        f" 2>/dev/null && echo {name}) &"
        for name, port in DATA.items()
    )
    return set(environment.ask(source, f"{tries} wait").stdout.split())


def test_the_edge_cannot_reach_the_data_that_the_service_can(environment: Environment) -> None:
    assert reached(environment, source="service") == set(DATA)
    # The same command works inside the edge, so that a refusal means what it seems to.
    assert reach(environment, source="edge", address="127.0.0.1", port=8443) == 0
    assert reached(environment, source="edge") == set()
