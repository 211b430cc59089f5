"""The service as the web sees it, over HTTPS through the edge with the stack's own authority.

Mozilla's HTTP Observatory grades its pages, a real browser logs in and reads them, and every kind
of answer has the same security headers.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.journey import observatory, programs
from tests.journey.browser import Browser
from tests.journey.conftest import Journey, docker
from tests.journey.site import NAME, Site, visitor_of
from tests.journey.swagger import executed, filled, opened

pytestmark = pytest.mark.journey

PAGES = ["/", "/api/", "/api/docs/", "/api/redoc/", "/admin/"]
PERSON = ("ada@example.com", "a long sentence for a test")
HEADERS = (
    *("strict-transport-security", "content-security-policy", "x-frame-options"),
    *("x-content-type-options", "referrer-policy", "permissions-policy"),
    *("cross-origin-opener-policy", "cross-origin-resource-policy"),
)
ACCOUNT = """
import os
from accounts.models import User
from django.utils import timezone
who, word = os.environ["WHO"], os.environ["WORD"]
User.objects.create_superuser(who, word, email_confirmed_at=timezone.now())
"""


@pytest.fixture(scope="module")
def site(journey: Journey, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The stack, up, with one account in it."""
    programs.browser()
    edge = {**journey.described["edge"], "server_names": [NAME, "127.0.0.1"]}
    journey.describe(edge={**edge, "requests_per_second": 60})
    with ThreadPoolExecutor() as pool:
        tool = pool.submit(observatory.installed)
        done = journey.ops("up")
        tool.result()
    assert done.returncode == 0, done.stdout + done.stderr
    authority = tmp_path_factory.mktemp("trust") / "ca.pem"
    authority.write_text(journey.pulumi("stack", "output", "ca_certificate"))
    ports = {80: edge["http_port"], 443: edge["https_port"]}
    found = Site(journey=journey, authority=authority, ports=ports)
    who, word = PERSON
    found.inside("service", "python", "manage.py", "shell", "-c", ACCOUNT, WHO=who, WORD=word)
    return found


def test_the_deploy_check_has_nothing_to_say_of_what_runs(site: Site) -> None:
    command = ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    assert "no issues (0 silenced)" in site.inside("service", *command)


def test_the_observatory_gives_its_best_grade_to_every_page(site: Site) -> None:
    def graded(path: str) -> observatory.Grade:
        return observatory.grade(NAME, path, ports=site.ports, authority=site.authority)

    with ThreadPoolExecutor(max_workers=2) as pool:
        found = dict(zip(PAGES, pool.map(graded, PAGES), strict=True))
    for path, verdict in found.items():
        assert verdict.letter == "A+" and verdict.lost == {}, f"{path}: {verdict}"
        assert verdict.score >= 130, f"{path}: {verdict}"


@pytest.fixture
def visitor(site: Site, tmp_path: Path) -> Iterator[Browser]:
    """A real browser that trusts the stack's authority and nothing else about it."""
    with visitor_of(
        site.journey,
        name=NAME,
        port=site.ports[443],
        authority=site.authority,
        home=tmp_path,
    ) as opened:
        yield opened


def test_a_browser_finds_nothing_to_complain_of(site: Site, visitor: Browser) -> None:
    for path, words in {
        "/": "Api Index",
        "/api/docs/": "/api/v1/auth/login/",
        "/api/redoc/": "Log in. The response is the same",
        "/admin/": "Password",
    }.items():
        visitor.open(site.address + path)
        visitor.until(f"document.body.innerText.includes({words!r})")
        assert visitor.run("document.styleSheets.length") > 0
        visitor.settle()
        assert visitor.complaints == [], path


def test_a_browser_logs_in_with_cookies_through_swagger_ui(site: Site, visitor: Browser) -> None:
    visitor.open(f"{site.address}/api/docs/")
    login = opened(visitor, "auth_login")
    body = json.dumps({"email": PERSON[0], "password": PERSON[1], "cookies": True})
    filled(visitor, f"{login} textarea", body)
    assert "200" in executed(visitor, login)
    me = opened(visitor, "auth_me")
    answer = executed(visitor, me)
    assert PERSON[0] in answer and "200" in answer
    assert visitor.run("document.cookie") == "", "no script reads a cookie of ours"
    names = {cookie["name"] for cookie in visitor.call("Network.getCookies")["cookies"]}
    assert "__Host-access" in names
    visitor.settle()
    assert visitor.complaints == []


def test_a_browser_works_in_the_admin(site: Site, visitor: Browser) -> None:
    visitor.open(f"{site.address}/admin/")
    filled(visitor, "#id_username", PERSON[0])
    filled(visitor, "#id_password", PERSON[1])
    visitor.run("document.querySelector('#login-form').submit()")
    visitor.until("document.title.includes('Site administration')")
    pages = ["accounts/user/", "accounts/user/1/change/"]
    for path in (*pages, "notes/note/add/", "projects/project/add/", "tasks/task/add/"):
        visitor.open(f"{site.address}/admin/{path}")
        assert visitor.run("document.querySelector('#content h1').innerText")
    visitor.settle()
    assert visitor.complaints == []


def test_a_change_finds_its_version_behind_gzip(site: Site) -> None:
    who = {"email": PERSON[0], "password": PERSON[1]}
    with site.client() as client:
        token = client.post("/api/v1/auth/login/", json=who).json()["access"]
        client.headers.update({"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"})
        body = {"name": "behind gzip", "description": "long enough to be compressed, " * 20}
        made = client.post("/api/v1/projects/", json=body)
        assert made.status_code == 201, made.text
        address = f"/api/v1/projects/{made.json()['id']}/"
        shown = client.get(address)
        assert shown.headers["content-encoding"] == "gzip"
        tag = shown.headers["etag"]
        assert tag.startswith("W/"), "the edge no longer weakens: this test tests nothing"
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
        changed = client.patch(address, json={"name": "changed"}, headers={"If-Match": tag})
        assert changed.status_code == 200, changed.text
        newer = changed.headers["etag"]
        for method in ("PATCH", "DELETE"):
            stale = client.request(method, address, json={}, headers={"If-Match": tag})
            assert stale.status_code == 412, stale.text
        assert client.delete(address, headers={"If-Match": newer}).status_code == 204


def headers_of(answer: httpx.Response) -> dict[str, list[str]]:
    """Each security header with all its values: one that comes twice is seen."""
    return {name: answer.headers.get_list(name) for name in HEADERS}


def test_every_kind_of_answer_has_the_same_headers(site: Site) -> None:
    answers: dict[int, httpx.Response] = {}
    with site.client() as client:
        answers[200] = client.get("/api/")
        answers[404] = client.get("/nowhere/")
        answers[405] = client.put("/api/v1/projects/public/")
        answers[401] = client.get("/api/v1/auth/me/")
        answers[301] = client.get("/api")
        database = site.journey.container("postgres")
        psql = ["psql", "-h", "/run/postgresql", "-U", "postgres", "-d", "app", "-qc"]
        docker("exec", database, *psql, "ALTER TABLE projects_project RENAME TO away")
        answers[500] = client.get("/api/v1/projects/public/")
        docker("exec", database, *psql, "ALTER TABLE away RENAME TO projects_project")
        for _ in range(400):
            answer = client.get("/api/")
            if answer.status_code == 429:
                answers[429] = answer
                break
        docker("stop", site.journey.container("service"))
        answers[502] = client.get("/health/live")
    good = headers_of(answers[200])
    assert all(len(values) == 1 for values in good.values()), good
    for status, answer in answers.items():
        assert answer.status_code == status, answer.text
        assert headers_of(answer) == good, status
    for status in (404, 429, 500, 502):
        assert answers[status].headers["content-type"] == "application/problem+json", status
    assert answers[429].headers["retry-after"] and answers[502].headers["retry-after"]
