"""What is open, and what must be closed."""

import json
import socket
import time
from dataclasses import replace
from ipaddress import ip_address
from uuid import uuid4

import pytest
import testinfra

from stacks.topology import COMPONENTS
from tests.host.environment import JOB, EdgeAddress, Environment

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
        (inside, address, outside)
        for inside, outside in (("8080/tcp", edge.http_port), ("8443/tcp", edge.https_port))
        for address in edge.published
    }


def own_address(version: int) -> str:
    """An address of this machine that other machines reach; empty where it has none."""
    family, far = (
        (socket.AF_INET6, "2001:db8::1") if version == 6 else (socket.AF_INET, "192.0.2.1")
    )
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((far, 9))  # which sends nothing
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def test_the_edge_sees_the_address_of_each_client(
    environment: Environment, edge_address: EdgeAddress
) -> None:
    """Else all clients share one rate limit, and one of them can lock the others out."""
    edge = environment.topology.edge
    if ip_address(edge.bind).is_loopback:
        pytest.skip("only this machine reaches the edge, and Docker shows it by its gateway")
    for bind in edge.published:
        address = ip_address(bind)
        own = own_address(address.version) if address.is_unspecified else bind
        if not own:
            continue
        path = f"/smoke-check-{uuid4().hex}"
        with replace(edge_address, host=own).client() as visitor:
            visitor.get(path)
        time.sleep(1.5)  # the edge writes its log each second
        shown = testinfra.get_host("local://").run(
            "docker logs --since 30s %s", environment.topology.container("edge")
        )
        lines = [json.loads(line) for line in shown.stdout.splitlines() if path in line]
        assert [line["address"] for line in lines] == [own], shown.stderr[-500:]


def test_the_edge_accepts_connections_on_both_ports(edge_address: EdgeAddress) -> None:
    for port in (edge_address.http_port, edge_address.https_port):
        with socket.create_connection((edge_address.host, port), timeout=5) as connection:
            assert connection.getpeername()[1] == port


@pytest.mark.parametrize("component", INSIDE)
def test_only_the_edge_is_published(environment: Environment, component: str) -> None:
    container = environment.container(component)
    assert container["NetworkSettings"]["Networks"], f"{component} is on no network"
    assert not container["HostConfig"]["PortBindings"]
    assert not container["HostConfig"]["PublishAllPorts"]


def test_each_component_is_on_its_own_networks_only(environment: Environment) -> None:
    prefix = environment.topology.prefix
    front, out, back = (
        f"{prefix}-{name}" for name in (environment.topology.edge.network, "out", "back")
    )
    there = (*environment.topology.components, JOB)
    wanted = {name: {back} for name in there} | {"edge": {front}}
    wanted |= {name: {out, back} for name in CALLERS if name in there}
    found = {
        name: set(environment.container(name)["NetworkSettings"]["Networks"]) for name in wanted
    }
    assert found == wanted


def test_only_the_network_of_the_data_has_no_way_out(environment: Environment) -> None:
    topology = environment.topology
    names = [f"{topology.prefix}-{name}" for name in (topology.edge.network, "out", "back")]
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
