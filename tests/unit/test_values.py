"""A value that would end its directive is refused, with the key and what would be right."""

import pytest

from stacks.environment import service_environment
from stacks.files.nginx import nginx_conf
from tests.unit.test_topology import complaint, parsed


@pytest.mark.parametrize(
    "name",
    ["a b", "a;return 200", "a{", "", "a:8443", "-a", "a..b", '"a"', "[2001:db8::1]:8443", "[a]"],
)
def test_what_is_no_host_name_is_refused(name: str) -> None:
    text = complaint({"edge": {"server_names": ["localhost", name]}})
    assert f"topology.edge.server_names.1: {name!r}: not a host name" in text
    assert "api.example.com" in text


@pytest.mark.parametrize("address", ["10.0.0.1/8", "proxy.example", "0.0.0.0/0; return 200", ""])
def test_a_trusted_proxy_is_an_address_or_a_network(address: str) -> None:
    text = complaint({"edge": {"trusted_proxies": ["10.0.0.0/8", address]}})
    assert f"topology.edge.trusted_proxies.1: {address!r}: " in text
    assert "10.0.0.0/8" in text


@pytest.mark.parametrize("path", ["/live; return 200", "/a b", "/a{", "/$uri", '/"'])
def test_a_path_is_a_plain_one(path: str) -> None:
    assert f"topology.app.live_path: {path!r}: not a plain path" in complaint(
        {"app": {"live_path": path}}
    )
    assert "topology.app.public_paths.0: " in complaint({"app": {"public_paths": [path]}})


def test_what_is_right_is_taken_as_it_is() -> None:
    edge = parsed({"edge": {"server_names": ["a.example"], "trusted_proxies": ["10.0.0.1"]}}).edge
    assert edge.server_names == ("a.example",)
    assert edge.trusted_proxies == ("10.0.0.1/32",)


def test_an_address_has_brackets_where_a_url_would_have_them() -> None:
    for given in ("2001:db8::1", "[2001:db8::1]"):
        topology = parsed({"edge": {"server_names": [given]}})
        assert topology.edge.server_names == ("2001:db8::1",)  # as a certificate names it
        assert topology.url == "https://[2001:db8::1]:8443"
        assert nginx_conf(topology).count("server_name [2001:db8::1];") == 2
        assert service_environment(topology)["APP_ALLOWED_HOSTS"] == "[2001:db8::1]"


def test_the_edges_cache_leaves_it_memory() -> None:
    assert "more than half of limits.memory" in complaint({"edge": {"cache": {"memory": 100}}})
