"""Pages for people: nothing inline, a policy that fits, and their own static files only."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.contrib.staticfiles import finders
from django.urls import reverse

from factories import UserFactory

HTML = {"accept": "text/html"}
PUBLIC = ["/api/", "/api/docs/", "/api/redoc/", "/api/v1/projects/", "/api/v1/auth/me/"]


class Inline(HTMLParser):
    """What of a page's own text a browser would run or take as style, and what it loads."""

    def __init__(self, page):
        super().__init__()
        self.found, self.loaded, self._open = [], [], None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.found += [name for name in given if name == "style" or name.startswith("on")]
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.found.append(tag)
        if tag == "style":
            self.found.append(tag)
        if tag in ("script", "img") and "src" in given:
            self.loaded.append(given["src"])
        if tag == "link" and given.get("rel") in ("stylesheet", "icon"):
            self.loaded.append(given["href"])


def looked_at(answer):
    assert answer.status_code in (200, 401) and "text/html" in answer["Content-Type"]
    page = Inline(answer.content.decode())
    assert page.loaded, "a page without a single style sheet?"
    return page


def test_the_home_leads_to_the_index(client):
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/api/")


@pytest.mark.django_db
def test_the_index_names_every_part(api):
    index = api.get("/api/").json()
    assert {"log in", "docs", "redoc", "schema"} <= set(index)
    for address in index.values():
        assert api.get(address).status_code in (200, 401, 405), address


@pytest.mark.django_db
@pytest.mark.parametrize("path", PUBLIC)
def test_a_page_has_nothing_inline_and_loads_our_own(api, path):
    page = looked_at(api.get(path, headers=HTML))
    assert page.found == []
    for address in page.loaded:
        name = address.removeprefix("/static/")
        assert address.startswith("/api/") or finders.find(name), address


@pytest.mark.django_db
def test_every_page_of_the_admin_has_nothing_inline(client):
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    addresses = [reverse("admin:index"), reverse("admin:password_change")]
    for model, shown in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses.append(reverse(f"{name}_changelist"))
        if shown.has_add_permission(client.get(addresses[0]).wsgi_request):
            addresses.append(reverse(f"{name}_add"))
    addresses.append(reverse("admin:accounts_user_change", args=[user.pk]))
    assert len(addresses) > 8
    for address in addresses:
        answer = client.get(address)
        page = looked_at(answer)
        assert page.found == [], address
        assert all(each.startswith(("/static/", "/admin/jsi18n/")) for each in page.loaded), address
        assert "unsafe" not in answer["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/api/", "/api/docs/", "/api/redoc/", "/admin/login/"])
def test_a_page_says_what_it_may_load(db, client, path):
    policy = client.get(path, headers=HTML)["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["default-src"] == directives["base-uri"] == "'none'"
    assert directives["frame-ancestors"] == directives["object-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert "unsafe" not in policy and "*" not in policy and "http" not in policy


def test_what_is_no_page_has_no_policy_of_ours(api):
    assert "Content-Security-Policy" not in api.get("/api/")


def test_redoc_has_a_nonce_of_its_own_for_each_answer(client):
    nonces = []
    for _ in range(2):
        answer = client.get("/api/redoc/", headers=HTML)
        page, policy = answer.content.decode(), answer["Content-Security-Policy"]
        nonces += re.findall(r'nonce="([\w-]{22})"', page)
        assert f"style-src 'self' 'nonce-{nonces[-1]}'" in policy and "worker-src blob:" in policy
    assert len(nonces) == len(set(nonces)) == 2
    assert "nonce" not in client.get("/api/docs/", headers=HTML)["Content-Security-Policy"]


@pytest.mark.django_db
def test_the_admin_asks_for_a_login(client):
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/login/").status_code == 200
