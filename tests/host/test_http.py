"""How the edge answers: redirect, HTTP/2, gzip, and the security headers on every answer."""

import re

import httpx
import pytest

from stacks.files.nginx import hsts
from stacks.topology import Topology
from tests.host.environment import EdgeAddress

HEADERS = {
    "x-frame-options": r"DENY|SAMEORIGIN",
    "x-content-type-options": r"nosniff",
    "referrer-policy": r"no-referrer|same-origin|strict-origin(-when-cross-origin)?",
    "permissions-policy": r"\w",
    "content-security-policy": r"default-src|frame-ancestors",
    "cross-origin-opener-policy": r"same-origin",
    "cross-origin-resource-policy": r"same-origin|same-site",
}
# What the edge adds to another project's answers, where they have none of their own.
OF_ANY_PROJECT = ("x-content-type-options", "referrer-policy")
HSTS = "strict-transport-security"


def lacking(answer: httpx.Response, *, topology: Topology) -> dict[str, list[str]]:
    """The security headers that an answer lacks, has twice, or has with a weak value."""
    names = HEADERS if topology.headers == "api" else OF_ANY_PROJECT
    given = {name: answer.headers.get_list(name) for name in names}
    return {
        name: values
        for name, values in given.items()
        if len(values) != 1 or not re.search(HEADERS[name], values[0])
    }


def expected_hsts(topology: Topology, *, name: str) -> list[str]:
    """What browsers are told of TLS: only by a name, and only where the topology says so."""
    is_name = not re.fullmatch(r"[0-9.]+|.*:.*|(.*\.)?localhost", name)
    return [hsts(topology)] if is_name and hsts(topology) else []


def test_plain_http_is_redirected_to_https(
    redirected: httpx.Response, edge_address: EdgeAddress
) -> None:
    assert redirected.status_code in (301, 308)
    target = httpx.URL(redirected.headers["location"])
    assert (target.scheme, target.host) == ("https", edge_address.name)
    assert (target.port or 443) == edge_address.url_port
    assert target.raw_path == b"/some/page?with=query"


def test_http_2_is_supported(client: httpx.Client, topology: Topology) -> None:
    answer = client.get(topology.app.live_path)
    assert (answer.status_code, answer.http_version) == (200, "HTTP/2")


def test_a_good_answer_has_the_security_headers(client: httpx.Client, topology: Topology) -> None:
    answer = client.get(topology.app.live_path)
    assert answer.status_code == 200
    assert lacking(answer, topology=topology) == {}


def test_the_hsts_header_follows_the_topology(
    client: httpx.Client, topology: Topology, edge_address: EdgeAddress
) -> None:
    answer = client.get("/static/no-such-file.css")
    assert answer.headers.get_list(HSTS) == expected_hsts(topology, name=edge_address.name)
    # Browsers ignore it over plain HTTP (RFC 6797, 7.2), where it must not be sent.
    assert HSTS not in edge_address.plain("/").headers


@pytest.mark.parametrize("path", ["/no-such-page-here/", "/static/no-such-file.css"])
def test_a_missing_page_has_the_security_headers(
    client: httpx.Client, topology: Topology, path: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert lacking(answer, topology=topology) == {}


def test_a_redirect_has_the_security_headers(
    redirected: httpx.Response, topology: Topology
) -> None:
    assert redirected.is_redirect
    assert lacking(redirected, topology=topology) == {}


def test_plain_http_is_served_to_a_trusted_proxy_only(
    edge_address: EdgeAddress, topology: Topology
) -> None:
    edge = topology.edge
    if edge.tls == "here":
        pytest.skip("TLS ends at the edge: plain HTTP is always sent on to it")
    # As the proxy says it. Whoever is none must not be believed, nor served without TLS.
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    answer = edge_address.plain(topology.app.live_path, **told)
    if edge.trusts_this_host:
        assert answer.status_code == 200, f"{answer.status_code} {answer.headers}"
    else:
        assert answer.is_redirect, "this machine is no trusted proxy, and was served"


def test_the_server_does_not_tell_its_version(client: httpx.Client, topology: Topology) -> None:
    answer = client.get(topology.app.live_path)
    assert answer.status_code == 200
    assert not re.search(r"\d", answer.headers.get("server", ""))


def test_every_answer_has_a_request_id(client: httpx.Client, topology: Topology) -> None:
    ids = {client.get(topology.app.live_path).headers.get("x-request-id") for _ in range(2)}
    assert None not in ids
    assert len(ids) == 2


def test_public_pages_are_served_compressed(client: httpx.Client, topology: Topology) -> None:
    if not topology.app.smoke.pages:
        pytest.skip("topology.app.smoke names no pages")
    for path in topology.app.smoke.pages:
        answer = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, f"{path}: {answer.text[:500]}"
        assert len(answer.content) < 1000 or answer.headers.get("content-encoding") == "gzip", path


PERSONAL = [{}, {"Authorization": "Bearer 0"}, {"Cookie": "session=0"}, {"Cookie": "0"}]


def test_a_public_response_is_cached_for_anonymous_clients_only(
    client: httpx.Client, topology: Topology
) -> None:
    if not topology.app.public_paths or not topology.edge.cache.memory:
        pytest.skip("the topology lets the edge share no answer")
    client.cookies.clear()  # a page of the project may have left one, and who sends it is known
    for path in topology.app.public_paths:
        anonymous, *named = ([client.get(path, headers=one) for _ in range(4)] for one in PERSONAL)
        assert "HIT" in [answer.headers.get("x-cache") for answer in anonymous], path
        for answers in named:
            assert {answer.headers.get("x-cache") for answer in answers} == {"BYPASS"}, path


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics/", "//metrics", "/a/../metrics", "/%6detrics"]
)
def test_the_metrics_are_not_public(client: httpx.Client, path: str) -> None:
    # As it stands: a client would take `//metrics` for a host, and tidy the others up.
    answer = client.get("/metrics", extensions={"target": path.encode()})
    assert answer.status_code == 404
    assert "# TYPE" not in answer.text


def test_an_unknown_host_is_refused(edge_address: EdgeAddress, topology: Topology) -> None:
    with edge_address.client() as visitor:
        known = visitor.get(topology.app.live_path)
        assert known.status_code == 200
        try:
            answer = visitor.get(topology.app.live_path, headers={"Host": "stranger.example"})
        except httpx.RemoteProtocolError:
            return  # the edge closed the connection: refused as well
    assert 400 <= answer.status_code < 500
