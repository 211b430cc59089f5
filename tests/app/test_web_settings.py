"""What the settings make of the variables: the deploy check, the admin's place, other origins."""

import json
import os
import secrets
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from config.environment.application import Application
from config.environment.source import ConfigurationError, load
from factories import PASSWORD, UserFactory

LIVE = {"APP_ENV": "production", "APP_DEBUG": "0"}
FRIEND = "https://app.example.com"
ASK = """
import json, sys
import django
django.setup()
from django.conf import settings
from django.test import Client
told = []
for method, path, headers, secure in json.loads(sys.argv[1]):
    headers.setdefault("host", "localhost")
    answer = getattr(Client(), method)(path, headers=headers, secure=secure)
    told.append({"status": answer.status_code, **{k.lower(): v for k, v in answer.items()}})
names = {name: getattr(settings, name) for name in dir(settings) if "COOKIE" in name}
print(json.dumps([told, names]))
"""


def run(*words, **values):
    """A process of its own with these variables, as production's."""
    return subprocess.run(
        [sys.executable, *words],
        cwd="/srv/app",
        env={**os.environ, **LIVE, **values},
        capture_output=True,
        text=True,
    )


def asked(requests, **values):
    """What each of the requests is answered, and the settings of cookies."""
    given = [(method, path, headers, True) for method, path, headers in requests]
    given.append(("get", "/api/", {}, False))
    given.append(("get", "/health/live", {"host": "10.0.0.1"}, False))
    done = run("-c", ASK, json.dumps(given), **values)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_deploy_check_has_nothing_to_say_and_nothing_is_silenced():
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_the_deploy_check_would_say_it(settings):
    settings.SECURE_HSTS_SECONDS = 0
    with pytest.raises(SystemCheckError, match="security.W004"):
        call_command("check", deploy=True, fail_level="WARNING")


@pytest.fixture(scope="module")
def closed():
    """The service as it is without a word about other origins."""
    asks = []
    for origin in (FRIEND, "https://evil.example", "null"):
        headers = {"origin": origin}
        asks.append(("get", "/api/", headers))
        asks.append(("options", "/api/", {**headers, "access-control-request-method": "GET"}))
    return asked(asks)


@pytest.fixture(scope="module")
def opened():
    """The service with two friends, and its admin elsewhere."""
    headers = {"origin": FRIEND}
    preflight = {
        **headers,
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "if-match,idempotency-key,authorization",
    }
    asks = [
        ("get", "/api/", headers),
        ("options", "/api/v1/notes/", preflight),
        ("get", "/api/", {"origin": f"{FRIEND}.evil.example"}),
        ("get", "/back/office/", headers),
        ("get", "/admin/", headers),
    ]
    origins = f"{FRIEND}, https://two.example:8443"
    return asked(asks, APP_CORS_ORIGINS=origins, APP_ADMIN_PATH="back/office/")


def test_plain_http_is_sent_on_and_probes_are_not(closed):
    away, probe = closed[0][-2:]
    assert (away["status"], away["location"]) == (301, "https://localhost/api/")
    assert probe["status"] == 200


def test_no_other_origin_reads_anything_unless_configured(closed):
    answers = closed[0][:-2]
    assert len(answers) == 6
    for answer in answers:
        assert answer["status"] == 200
        assert not [name for name in answer if name.startswith("access-control-")]
        assert "origin" not in answer.get("vary", "").lower()


def test_a_configured_origin_may_and_sends_cookies(opened):
    first, preflight, *others = opened[0][:-2]
    for answer in (first, preflight):
        assert answer["access-control-allow-origin"] == FRIEND
        assert answer["access-control-allow-credentials"] == "true"
    assert "if-match" in preflight["access-control-allow-headers"]
    assert "PATCH" in preflight["access-control-allow-methods"]
    assert "etag" in first["access-control-expose-headers"] and "origin" in first["vary"].lower()
    assert len(others) == 3
    for answer in others:
        assert "access-control-allow-origin" not in answer, "another site, or no API"


def test_the_admin_is_where_it_is_told_to_be(opened, client, db):
    moved, old = opened[0][3:5]
    assert (moved["status"], old["status"]) == (302, 404)
    assert moved["location"].startswith("/back/office/login/")
    assert client.get("/admin/").status_code == 302


def test_production_names_its_cookies_so_that_no_other_host_sets_them(closed):
    found = closed[1]
    for part, name in (("SESSION", "admin"), ("CSRF", "csrf")):
        assert found[f"{part}_COOKIE_NAME"] == f"__Host-{name}"
        assert found[f"{part}_COOKIE_SECURE"] and found[f"{part}_COOKIE_HTTPONLY"]
        assert found[f"{part}_COOKIE_SAMESITE"] == "Lax"
        assert found[f"{part}_COOKIE_PATH"] == "/" and found[f"{part}_COOKIE_DOMAIN"] is None
    assert found["WAL_COOKIE"] == "__Host-wal"


@pytest.mark.parametrize(
    "value",
    ["*", "http://app.example.com", f"{FRIEND}/", "https://*.example.com", f"{FRIEND}, null"],
)
def test_an_origin_that_is_none_stops_the_start_and_is_named(monkeypatch, value):
    monkeypatch.setenv("APP_CORS_ORIGINS", value)
    with pytest.raises(ConfigurationError, match="APP_CORS_ORIGINS must"):
        load(Application)


def test_a_developers_own_page_may_be_without_tls(monkeypatch):
    monkeypatch.setenv("APP_CORS_ORIGINS", "http://localhost:5173")
    monkeypatch.setenv("APP_ENV", "development")
    monkeypatch.setenv("APP_DEBUG", "1")
    assert load(Application).cors_origins == ("http://localhost:5173",)


@pytest.mark.parametrize("value", ["/admin/", "admin", "api/admin/", "../", "static/"])
def test_a_place_that_is_none_stops_the_start_and_is_named(monkeypatch, value):
    monkeypatch.setenv("APP_ADMIN_PATH", value)
    with pytest.raises(ConfigurationError, match="APP_ADMIN_PATH must"):
        load(Application)


@pytest.fixture
def clerk():
    return UserFactory(email=f"clerk-{secrets.token_hex(4)}@example.com", is_staff=True)


def try_to_log_in(client, name, *, password="wrong", address="192.0.2.9"):
    given = {"username": name, "password": password}
    return client.post("/admin/login/", given, headers={"X-Real-IP": address}, REMOTE_ADDR="")


@pytest.mark.django_db
def test_the_admins_login_may_not_be_tried_without_end(client, clerk, settings):
    settings.RATES = {**settings.RATES, "login_account": "3/h"}
    typed = (clerk.email, clerk.email.upper(), f" {clerk.email}")
    assert [try_to_log_in(client, name).status_code for name in typed] == [200] * 3
    refused = try_to_log_in(client, clerk.email, password=PASSWORD)
    assert refused.status_code == 429 and 0 < int(refused["Retry-After"]) <= 3600
    assert refused.json()["status"] == 429
    other = try_to_log_in(client, f"other-{clerk.email}")
    assert other.status_code == 200, "one account's trouble is not another's"
    assert client.get("/admin/login/").status_code == 200


@pytest.mark.django_db
def test_one_address_may_not_try_many_accounts(client, clerk, settings):
    settings.RATES = {**settings.RATES, "login_address": "2/h"}
    mine = f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.1"
    addresses = [mine, mine, mine, mine[:-1] + "2"]
    answers = [
        try_to_log_in(client, f"{number}-{clerk.email}", address=address)
        for number, address in enumerate(addresses)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
