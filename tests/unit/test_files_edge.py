"""What the edge and the database are told, line by line."""

from typing import Any

import pytest

from stacks.files.nginx import ERRORS, nginx_conf, security_headers_conf
from stacks.files.postgres import pg_hba_conf
from stacks.topology import Topology


def described(**parts: Any) -> Topology:
    return Topology.model_validate({"stack": "dev", **parts})


@pytest.mark.parametrize(
    "name", ["api.example.com", "*.example.com", "192.0.2.1", "[2001:db8::1]", "localhost"]
)
def test_a_host_name_stands_in_the_file(name: str) -> None:
    text = nginx_conf(described(edge={"server_names": ("first.example", name)}))
    assert text.count(f"server_name first.example {name};") == 2


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
