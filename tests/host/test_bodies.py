"""Room for what clients send: as large as the topology promises, and no larger."""

import socket
import ssl

import httpx
import pytest

from stacks.environment import TEMPORARY_FILES
from stacks.files.nginx import SPOOL
from stacks.topology import Topology
from tests.host.environment import EdgeAddress, Environment

MIB = 1024 * 1024
LARGEST_SENT = 64  # MiB: a larger promise is compared with the disk only
PLACES = {"edge": SPOOL, "service": TEMPORARY_FILES, "worker": TEMPORARY_FILES}


@pytest.mark.parametrize("component", PLACES)
def test_large_bodies_wait_on_a_disk_with_room(environment: Environment, component: str) -> None:
    environment.container(component)  # or the check is skipped: not every project has a worker
    place = PLACES[component]
    found = environment.ask(component, f"df -PTk {place} | tail -1 && touch {place}/probe-$$")
    environment.ask(component, f"rm -f {place}/probe-*")
    assert found.code == 0, found.stderr
    _, kind, _, _, free, _, mounted = found.stdout.split()
    assert mounted == place and kind != "tmpfs", f"{place} of {component} is in memory: {kind}"
    edge, service = environment.topology.edge, environment.topology.service
    of_threads = edge.body_limit * service.workers * service.threads
    wanted = {"edge": edge.room, "service": of_threads, "worker": 0}[component]
    assert int(free) // 1024 >= wanted, f"{wanted} MiB are needed: topology.edge.body_limit"


def test_a_body_of_the_allowed_size_is_accepted(client: httpx.Client, topology: Topology) -> None:
    size = topology.edge.body_limit
    if size > LARGEST_SENT:
        pytest.skip(f"{size} MiB would take the check too long")
    answer = client.post("/smoke-check-of-a-body/", content=bytes(size * MIB - 1024), timeout=60)
    # Nothing is at this address; but the edge must not say that the body is too large for it.
    assert answer.status_code != 413 and answer.status_code < 500, answer.text[:500]


def test_a_larger_body_is_refused_before_it_is_sent(
    edge_address: EdgeAddress, topology: Topology
) -> None:
    size = topology.edge.body_limit * MIB + 1
    head = (
        f"POST / HTTP/1.1\r\nHost: {edge_address.authority_name}\r\nContent-Length: {size}\r\n\r\n"
    )
    plain = socket.create_connection((edge_address.host, edge_address.https_port), timeout=10)
    context: ssl.SSLContext = edge_address.trust()
    with context.wrap_socket(plain, server_hostname=edge_address.name) as connection:
        connection.sendall(head.encode())
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 "), answer[:500]
