"""What the edge and the database are told, line by line."""

from typing import Any

import pytest

from stacks.files.nginx import ERRORS, error_place, errors_conf, hsts, nginx_conf
from stacks.files.postgres import pg_hba_conf
from stacks.topology import Topology
from tests.unit.test_files import bodies, number


def described(**parts: Any) -> Topology:
    return Topology.model_validate({"stack": "dev", **parts})


@pytest.mark.parametrize(
    "name", ["api.example.com", "*.example.com", "192.0.2.1", "[2001:db8::1]", "localhost"]
)
def test_a_host_name_stands_in_the_file(name: str) -> None:
    text = nginx_conf(described(edge={"server_names": ("first.example", name)}))
    assert text.count(f"server_name first.example {name};") == 2


def test_the_service_enters_its_own_database_only() -> None:
    text = pg_hba_conf(described(postgres={"database": "my_shop", "user": "shop_clerk"}))
    assert 'host    "my_shop"  "shop_clerk"  all' in text


def test_nobody_reaches_the_administrator_over_the_network() -> None:
    rules = [line.split() for line in pg_hba_conf(described()).splitlines()]
    local = [rule for rule in rules if rule[0] == "local"]
    assert local == [["local", "all", "postgres", "peer"]]
    admitted = [rule[2] for rule in rules if rule[0] == "host" and rule[-1] != "reject"]
    assert admitted == ['"app"', "replicator"]


SHOP = {
    "path": "shop",
    "wsgi": "shop.wsgi:application",
    "settings": "shop.settings",
    "live_path": "/",
}


@pytest.mark.parametrize(
    ("app", "given", "sent"),
    [
        ({}, {}, "max-age=63072000"),
        ({"mode": "development"}, {}, ""),
        (SHOP, {}, ""),
        (SHOP, {"max_age": 3600}, "max-age=3600"),
        ({"mode": "development"}, {"max_age": 60}, "max-age=60"),
        ({}, {"max_age": 0}, "max-age=0"),
        ({}, {"max_age": 31536000, "subdomains": True}, "max-age=31536000; includeSubDomains"),
    ],
)
def test_hsts_is_what_the_topology_says(
    app: dict[str, Any], given: dict[str, Any], sent: str
) -> None:
    topology = described(app=app, edge={"hsts": given})
    assert hsts(topology) == sent
    _, _, rest = nginx_conf(topology).partition("$strict_transport_security {")
    assert f'default "{sent}";' in rest.partition("}")[0] and '"~^ " "";' in rest


@pytest.mark.parametrize(
    "wrong",
    [
        {"preload": True},
        {"subdomains": True},
        {"max_age": 3600, "subdomains": True, "preload": True},
    ],
)
def test_half_a_promise_about_tls_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="max_age"):
        described(edge={"hsts": wrong})


def test_what_is_answered_before_a_location_has_the_headers() -> None:
    before_any_server = nginx_conf(described()).partition("    server {")[0]
    assert "\n    include /run/upshift/security-headers.conf;" in before_any_server


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_an_error_of_the_edge_is_a_problem_document(code: int) -> None:
    place, shown = error_place(code), ERRORS[code]
    changed = f"={shown} " if shown != code else " "
    assert f"error_page {code} {changed}{place};" in nginx_conf(described())
    text = errors_conf(described())
    _, found, rest = text.partition(f" {place} {{")
    body = rest.partition("\n}\n")[0]
    assert found and "default_type application/problem+json;" in body
    assert "types {}" in body
    assert f'"status":{shown}' in body
    assert (f"location = {place} {{" in text) is place.startswith("/")


def test_each_server_has_the_errors() -> None:
    servers = bodies(nginx_conf(described()), kind="server")
    assert len(servers) == 4
    assert all(body.count("include /run/upshift/errors.conf;") == 1 for body in servers)


def test_processes_follow_the_container_and_not_the_machine() -> None:
    small = nginx_conf(described(edge={"limits": {"memory": 128, "cpus": 0.5}}))
    large = nginx_conf(described(edge={"limits": {"memory": 512, "cpus": 3.5}}))
    assert "worker_processes 2;" in small
    assert "worker_processes 4;" in large


def test_metrics_are_not_for_the_world() -> None:
    _, found, rest = nginx_conf(described()).partition("location ~ ^/metrics(/|$) {")
    assert found
    assert "return 404;" in rest.partition("}")[0]


def test_bodies_have_the_room_that_is_promised() -> None:
    edge = described(edge={"body_limit": 200, "uploads": 10, "connections": 2}).edge
    assert (edge.room, edge.uploads_of_one) == (2000, 2)
    text = nginx_conf(described(edge={"body_limit": 200, "uploads": 10}))
    assert "client_max_body_size 200m;" in text and "limit_conn uploads 10;" in text


def test_a_proxy_that_ends_tls_must_be_named() -> None:
    with pytest.raises(ValueError, match="set trusted_proxies"):
        described(edge={"tls": "proxy"})
    with pytest.raises(ValueError, match="could pretend to be the proxy"):
        described(edge={"trusted_proxies": ("127.0.0.1",), "bind": "0.0.0.0"})
    proxied = described(edge={"tls": "proxy", "trusted_proxies": ("10.0.0.5",)})
    assert proxied.url == "https://localhost"
    assert (
        proxied.model_copy(
            update={"edge": proxied.edge.model_copy(update={"public_port": 9443})}
        ).url
        == "https://localhost:9443"
    )


@pytest.mark.parametrize("bind", ["localhost", "", "0.0.0.0:80"])
def test_the_edge_is_bound_to_an_address(bind: str) -> None:
    with pytest.raises(ValueError, match="must be an address of this host"):
        described(edge={"bind": bind})


@pytest.mark.parametrize(("memory", "clients"), [(128, 725), (256, 2090), (1024, 10282)])
def test_as_many_clients_as_the_memory_is_enough_for(memory: int, clients: int) -> None:
    edge = {"limits": {"memory": memory, "cpus": 2.0}}
    assert described(edge=edge).edge.clients == clients
    text = nginx_conf(described(edge=edge))
    assert number(text, "worker_connections") * number(text, "worker_processes") >= 2 * clients
    # More files than connections, for what waits on the disk; Docker's own limit is far above.
    assert number(text, "worker_rlimit_nofile") > 2 * number(text, "worker_connections")
    with pytest.raises(ValueError, match=f"enough for {clients} clients in total"):
        described(edge={**edge, "connections": clients + 1})
