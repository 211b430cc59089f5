"""What every address shares: docs, ids, errors, logs."""

import copy
import json
import logging
import sys

import pytest
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import OperationalError

from core.observability.log_format import JsonFormatter
from factories import PASSWORD, UserFactory


def test_the_schema_has_no_warnings(tmp_path):
    written = tmp_path / "schema.yml"
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(written))
    assert "/api/v1/notes/" in written.read_text()


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>"])
def test_a_request_id_that_is_no_id_is_replaced(api, given):
    answer = api.get("/api/", headers={"X-Request-ID": given})
    assert answer["X-Request-ID"] != given and len(answer["X-Request-ID"]) == 32


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationalError("canary"), 503),
        (PermissionDenied("canary"), 403),
        (RuntimeError("canary"), 500),
    ],
)
def test_every_error_has_one_shape(api, monkeypatch, error, status):
    def fail(*_):
        raise error

    api.raise_request_exception = False
    monkeypatch.setattr("domains.projects.public_apis.page", fail)
    answer = api.get("/api/v1/projects/public/")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status and "canary" not in answer.content.decode()


def test_addresses_and_hosts_that_are_not_ours(api):
    assert api.get("/nowhere").json()["title"] == "Not Found"
    answer = api.get("/api/", headers={"host": "evil.example"})
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"


@pytest.fixture
def at_the_desk(client):
    """A browser that is logged in to the admin."""
    UserFactory(email="desk@example.com", is_staff=True, is_superuser=True)
    given = {"username": "desk@example.com", "password": PASSWORD}
    assert client.post("/admin/login/", given).status_code == 302
    return client


@pytest.mark.django_db
def test_who_is_logged_in_to_the_admin_is_kept_in_redis(at_the_desk, settings):
    name = at_the_desk.cookies[settings.SESSION_COOKIE_NAME].value
    assert at_the_desk.get("/admin/").status_code == 200
    assert caches["sessions"].get(f"django.contrib.sessions.cache{name}")
    caches["sessions"].clear()
    assert at_the_desk.get("/admin/").status_code == 302


@pytest.mark.django_db
def test_without_its_redis_nobody_is_in_the_admin_and_a_login_says_why(at_the_desk, settings):
    away = copy.deepcopy(settings.CACHES)
    away["sessions"]["LOCATION"] = "redis://:canary-password@127.0.0.1:1/3"
    settings.CACHES = away
    assert at_the_desk.get("/admin/").status_code == 302
    at_the_desk.raise_request_exception = False
    given = {"username": "desk@example.com", "password": PASSWORD}
    answer = at_the_desk.post("/admin/login/", given)
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer["Retry-After"] == "2" and b"canary" not in answer.content


def test_a_log_line_is_json():
    try:
        raise ValueError("why")
    except ValueError:
        record = logging.LogRecord("a", logging.ERROR, "f", 1, "m %s", ("x",), sys.exc_info())
    record.status = 500
    line = json.loads(JsonFormatter().format(record))
    assert (line["message"], line["level"], line["status"]) == ("m x", "ERROR", 500)
    assert "ValueError: why" in line["exception"]
