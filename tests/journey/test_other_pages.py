"""Another project's pages behind the edge, over a real ::1: their style, their forms, their files.

The edge must not make an API of them: what a visitor's browser shows is asked of a real one.
"""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from stacks.loading import load_topology
from tests.host.environment import EdgeAddress, Environment
from tests.journey.browser import Browser
from tests.journey.conftest import Journey, docker
from tests.journey.site import visitor_of
from tests.journey.swagger import filled
from tests.journey.test_other_project import APP, SERVED

pytestmark = pytest.mark.journey
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def edge_address(journey: Journey) -> Iterator[EdgeAddress]:
    """The edge of the project, which is brought up for it.

    It listens on IPv6 only, and takes plain HTTP too, from a proxy on this host.
    """
    edge = {**journey.described["edge"], "server_names": [SERVED, "::1"], "bind": "::1"}
    edge |= {"tls": "proxy", "trusted_proxies": ["::1"], "public_port": edge["https_port"]}
    app = {**APP, "smoke": {**APP["smoke"], "pages": ["/", "/guests/", "/admin/login/"]}}
    journey.describe(app=app, edge={**edge, "body_limit": 160, "uploads": 16})
    up = journey.ops("up")
    assert up.returncode == 0, up.stdout + up.stderr
    assert f"https://{SERVED}:" in up.stdout
    before = docker("ps", "-aq", "--filter", f"label=upshift.test={journey.stack}")
    again = journey.ops("up")
    assert again.returncode == 0, again.stdout + again.stderr
    assert docker("ps", "-aq", "--filter", f"label=upshift.test={journey.stack}") == before
    yield EdgeAddress.of(Environment(load_topology(journey.stack)))
    destroy = journey.ops("destroy", "--data", "--yes", "--data-confirm", journey.stack)
    assert destroy.returncode == 0, destroy.stdout + destroy.stderr


@pytest.fixture(scope="module")
def client(edge_address: EdgeAddress) -> Iterator[httpx.Client]:
    """A client that reaches it by ::1."""
    assert edge_address.host == "::1"
    with edge_address.client() as opened:
        opened.timeout = httpx.Timeout(60)
        yield opened


@pytest.fixture
def visitor(journey: Journey, edge_address: EdgeAddress, tmp_path: Path) -> Iterator[Browser]:
    """A real browser that trusts the stack's authority."""
    authority = tmp_path / "ca.pem"
    authority.write_text(journey.pulumi("stack", "output", "ca_certificate"))
    with visitor_of(
        journey, name=SERVED, port=edge_address.https_port, authority=authority, home=tmp_path
    ) as opened:
        yield opened


def style(visitor: Browser, element: str, name: str) -> str:
    """What the browser made of an element's style."""
    script = f"getComputedStyle(document.querySelector({element!r}))[{name!r}]"
    return str(visitor.run(script))


def test_a_page_has_its_style_and_its_form_is_sent(
    edge_address: EdgeAddress, visitor: Browser
) -> None:
    address = f"https://{SERVED}:{edge_address.https_port}"
    visitor.open(f"{address}/guests/")
    assert style(visitor, "body", "font-family") == "serif"
    assert style(visitor, "h1", "color") == "rgb(1, 2, 3)"
    assert style(visitor, "h1", "letter-spacing") == "5px"
    assert visitor.run("document.title") == "Guests, by a script"
    filled(visitor, "[name=words]", "from a real browser")
    visitor.run("document.querySelector('button').click()")
    visitor.until("document.querySelector('li')?.innerText === 'from a real browser'")
    visitor.settle()
    assert visitor.complaints == []


def test_a_page_may_load_from_where_it_says(edge_address: EdgeAddress, visitor: Browser) -> None:
    visitor.open(f"https://{SERVED}:{edge_address.https_port}/guests/")
    visitor.run("""document.head.insertAdjacentHTML("beforeend",
        "<link rel=stylesheet href=https://fonts.example.net/font.css>")""")
    visitor.until("performance.getEntriesByName('https://fonts.example.net/font.css').length")
    visitor.settle()
    # Nobody answers there; but it is the network that says so, and no policy.
    assert not [told for told in visitor.complaints if "olicy" in told]


def test_the_admins_login_has_its_style(edge_address: EdgeAddress, visitor: Browser) -> None:
    visitor.open(f"https://{SERVED}:{edge_address.https_port}/admin/")
    visitor.until("!!document.querySelector('#login-form')")
    assert style(visitor, "#header", "background-color") not in ("rgba(0, 0, 0, 0)", "")
    filled(visitor, "#id_username", "nobody")
    filled(visitor, "#id_password", "nothing")
    visitor.run("document.querySelector('#login-form').submit()")
    visitor.until("document.querySelector('.errornote')?.innerText.includes('correct username')")
    visitor.settle()
    # The project has no icon, which a browser asks for by itself.
    assert [told for told in visitor.complaints if "favicon.ico" not in told] == []


def test_the_headers_are_the_projects_own_and_none_comes_twice(client: httpx.Client) -> None:
    headers = client.get("/guests/").headers
    assert headers.get_list("x-frame-options") == ["DENY"]  # as Django's middleware says
    assert headers.get_list("cross-origin-opener-policy") == ["same-origin"]
    assert headers.get_list("x-content-type-options") == ["nosniff"]
    assert headers.get_list("referrer-policy") == ["same-origin"]
    for name in ("content-security-policy", "strict-transport-security", "permissions-policy"):
        assert name not in headers


def test_large_files_arrive_several_at_once(client: httpx.Client) -> None:
    def sent(size: int) -> tuple[int, int]:
        with tempfile.TemporaryFile() as file:
            file.truncate(size * MIB)
            answer = client.post("/upload/", files={"file": ("large.bin", file)})
        assert answer.status_code == 200, f"{size} MiB: {answer.status_code} {answer.text[:300]}"
        return size, answer.json()["size"] // MIB

    sizes = [60, 70, 150]
    with ThreadPoolExecutor(len(sizes)) as pool:
        assert list(pool.map(sent, sizes)) == [(size, size) for size in sizes]


def test_nothing_of_an_upload_stays_behind(journey: Journey, client: httpx.Client) -> None:
    environment = Environment(load_topology(journey.stack))
    assert client.get("/guests/").status_code == 200
    for component in ("edge", "service"):
        left = environment.ask(component, "find /var/tmp -type f")
        assert (left.code, left.stdout) == (0, ""), component


def test_a_change_finds_its_version_behind_gzip(client: httpx.Client) -> None:
    number = client.post("/entries/", json={"words": "first"}).json()["number"]
    tag = client.get(f"/change/{number}", headers={"Accept-Encoding": "gzip"}).headers["etag"]
    assert tag.startswith("W/"), "the edge no longer weakens: this test tests nothing"
    known = client.get(f"/change/{number}", headers={"If-None-Match": tag})
    assert known.status_code == 304
    # Django compares strictly: without the edge's help no tag of a compressed page ever matches.
    changed = client.put(f"/change/{number}", content="second", headers={"If-Match": tag})
    assert changed.status_code == 200, changed.text
    stale = client.put(f"/change/{number}", content="third", headers={"If-Match": tag})
    assert stale.status_code == 412


def test_plain_http_over_ipv6_leads_to_tls_but_for_the_proxy(edge_address: EdgeAddress) -> None:
    answer = edge_address.plain("/guests/")
    assert answer.status_code == 308
    assert answer.headers["location"] == f"https://{SERVED}:{edge_address.https_port}/guests/"
    # The project itself would redirect too, if it were not told of TLS (SECURE_SSL_REDIRECT).
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    assert edge_address.plain("/guests/", **told).status_code == 200
