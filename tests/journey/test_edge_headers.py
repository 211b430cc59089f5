"""Whose security headers an answer has: the edge's, or the project's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.real_edge import LIMITS, SHOP, RealEdge, running, wanted
from tests.journey.upstream import OWN_HEADERS

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealEdge]:
    """The edge of another project than the bundled one."""
    topology = wanted(edge=LIMITS, app=SHOP)
    with running(topology, folder=tmp_path_factory.mktemp("other")) as found:
        yield found


@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml,*/*;q=0.8", "*/*"])
def test_a_browser_gets_a_page_from_another_projects_edge(other: RealEdge, accept: str) -> None:
    with other.client() as client:
        answer = client.get("/static/none.css", headers={"Accept": accept})
    assert answer.status_code == 404
    kind = "text/html" if "html" in accept else "application/problem+json"
    assert answer.headers["content-type"] == kind
    assert ("<h1>" in answer.text) is (kind == "text/html")


def test_another_projects_headers_are_its_own(other: RealEdge) -> None:
    with other.client() as client:
        own, none = client.get("/page/").headers, client.get("/plain/").headers
    assert {name: own.get_list(name) for name in OWN_HEADERS} == {
        name: [value] for name, value in OWN_HEADERS.items()
    }
    for name in ("Content-Security-Policy", "X-Frame-Options", "Strict-Transport-Security"):
        assert name not in none
    for name in ("Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"):
        assert name not in none
    assert none.get_list("X-Content-Type-Options") == ["nosniff"]
    assert none["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_the_bundled_service_keeps_its_strict_headers(tmp_path: Path) -> None:
    with running(wanted(edge=LIMITS), folder=tmp_path) as edge, edge.client() as client:
        own, none = client.get("/page/").headers, client.get("/plain/").headers
    assert own["Content-Security-Policy"] == OWN_HEADERS["Content-Security-Policy"]
    assert none["Content-Security-Policy"].startswith("default-src 'none'")
    for headers in (own, none):
        assert headers.get_list("X-Frame-Options") == ["DENY"]


def test_hsts_is_sent_to_names_only(tmp_path: Path) -> None:
    name = "api.example.com"
    names = {"server_names": (name, "localhost", "127.0.0.1")}

    def sent(found: RealEdge, host: str) -> str | None:
        with found.client() as client:
            value: str | None = client.get("/", headers={"Host": host}).headers.get(
                "strict-transport-security"
            )
        return value

    with running(wanted(edge={**LIMITS, **names}), folder=tmp_path) as found:
        assert sent(found, name) == "max-age=63072000"
        assert sent(found, "localhost") is None and sent(found, "127.0.0.1") is None
    for app in ({"mode": "development"}, SHOP):
        with running(wanted(edge={**LIMITS, **names}, app=app), folder=tmp_path) as found:
            assert sent(found, name) is None
    hsts = {"max_age": 31_536_000, "subdomains": True, "preload": True}
    topology = wanted(edge={**LIMITS, **names, "hsts": hsts}, app=SHOP)
    with running(topology, folder=tmp_path) as found:
        assert sent(found, name) == "max-age=31536000; includeSubDomains; preload"
