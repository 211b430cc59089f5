"""A value that would end its directive is refused, with the key and what would be right."""

from typing import Any

import pytest

from stacks.errors import TopologyError
from stacks.files.nginx import ERRORS, nginx_conf, security_headers_conf
from stacks.files.postgres import pg_hba_conf
from stacks.topology import Topology


def described(**parts: Any) -> Topology:
    return Topology.model_validate({"stack": "dev", **parts})


@pytest.mark.parametrize(
    "name", ["api.example.com", "*.example.com", "192.0.2.1", "[2001:db8::1]", "localhost"]
)
def test_a_host_name_stands_in_the_file(name: str) -> None:
    text = nginx_conf(described(edge={"server_names": (name,)}))
    assert text.count(f"server_name {name};") == 2


@pytest.mark.parametrize(
    "name", ["a b", "a;return 200", "a{", "", "a:8443", "-a", "a..b", '"a"', "2001:db8::1", "[a]"]
)
def test_what_is_no_host_name_is_refused(name: str) -> None:
    with pytest.raises(TopologyError, match="edge.server_names") as caught:
        nginx_conf(described(edge={"server_names": ("localhost", name)}))
    assert repr(name) in caught.value.message
    assert "example.com" in caught.value.hint


@pytest.mark.parametrize("address", ["10.0.0.1/8", "proxy.example", "0.0.0.0/0; return 200", ""])
def test_a_trusted_proxy_is_an_address_or_a_network(address: str) -> None:
    with pytest.raises(TopologyError, match="edge.trusted_proxies"):
        nginx_conf(described(edge={"trusted_proxies": (address,)}))


@pytest.mark.parametrize("path", ["/live; return 200", "/a b", "/a{", "/$uri", '/"'])
def test_the_health_path_is_a_plain_one(path: str) -> None:
    with pytest.raises(TopologyError, match="app.live_path"):
        nginx_conf(described(app={"live_path": path}))


@pytest.mark.parametrize(
    ("kind", "name"), [("user", "postgres"), ("user", "replicator"), ("database", "replication")]
)
def test_a_name_of_postgres_own_is_refused(kind: str, name: str) -> None:
    with pytest.raises(TopologyError, match=f"postgres.{kind}: '{name}'"):
        pg_hba_conf(described(postgres={kind: name}))


def test_the_service_enters_its_own_database_only() -> None:
    text = pg_hba_conf(described(postgres={"database": "shop", "user": "clerk"}))
    assert 'host    shop  "clerk"  all' in text


def test_nobody_reaches_the_administrator_over_the_network() -> None:
    rules = [line.split() for line in pg_hba_conf(described()).splitlines()]
    local = [rule for rule in rules if rule[0] == "local"]
    assert local == [["local", "all", "postgres", "peer"]]
    admitted = [rule[2] for rule in rules if rule[0] == "host" and rule[-1] != "reject"]
    assert admitted == ['"app"', "replicator"]


def test_hsts_is_sent_over_tls_only() -> None:
    assert "add_header Strict-Transport-Security $strict_transport_security always;" in (
        security_headers_conf(described())
    )
    _, _, rest = nginx_conf(described()).partition("map $https $strict_transport_security {")
    body = rest.partition("}")[0]
    assert 'on "max-age=63072000' in body and 'default "";' in body


def test_what_is_answered_before_a_location_has_the_headers() -> None:
    before_any_server = nginx_conf(described()).partition("    server {")[0]
    assert "\n    include /run/upshift/security-headers.conf;" in before_any_server


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_an_error_of_the_edge_is_a_problem_document(code: int) -> None:
    text = nginx_conf(described())
    assert f"error_page {code} @error{code};" in text
    _, _, rest = text.partition(f"location @error{code} {{")
    body = rest.partition("\n        }\n")[0]
    assert "default_type application/problem+json;" in body
    assert "types {}" in body
    assert f'"status":{code}' in body


def test_processes_follow_the_container_and_not_the_machine() -> None:
    small = nginx_conf(described(edge={"limits": {"memory": 128, "cpus": 0.5}}))
    large = nginx_conf(described(edge={"limits": {"memory": 512, "cpus": 3.5}}))
    assert "worker_processes 2;" in small
    assert "worker_processes 4;" in large


def test_metrics_are_not_for_the_world() -> None:
    _, found, rest = nginx_conf(described()).partition("location ~ ^/metrics(/|$) {")
    assert found
    assert "return 404;" in rest.partition("}")[0]
