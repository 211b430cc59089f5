"""The release command: once, under a lock, and loud when it fails."""

import json
import os
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from health.management.commands import release

pytestmark = pytest.mark.django_db(transaction=True)
MANIFEST = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"


@pytest.fixture(autouse=True)
def _static_files(settings, tmp_path):
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": MANIFEST}}


def test_the_second_run_changes_nothing(tmp_path):
    call_command("release", stdout=StringIO())
    manifest = tmp_path / "staticfiles.json"
    first = json.loads(manifest.read_text())
    output = StringIO()
    call_command("release", stdout=output)
    assert "No migrations to apply" in output.getvalue()
    assert "0 static files copied" in output.getvalue()
    assert json.loads(manifest.read_text()) == first


def test_two_releases_do_not_run_at_once():
    with release.direct_connection(wait=5) as other:
        release.take_lock(other, wait=1)
        with pytest.raises(CommandError, match="another release is still running"):
            call_command("release", wait=0.2, stdout=StringIO())
    call_command("release", wait=5, stdout=StringIO())


def test_a_database_that_is_away_is_waited_for(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "PORT", 1)
    with pytest.raises(CommandError, match="no database after 1 s"):
        call_command("release", wait=0.6)


@pytest.mark.parametrize("command", ["migrate", "collectstatic"])
def test_a_failure_is_told(monkeypatch, command):
    def run(name, **_):
        if name == command:
            raise RuntimeError("column is missing")

    monkeypatch.setattr(release, "call_command", run)
    with pytest.raises(CommandError, match="column is missing"):
        call_command("release")


def test_a_failure_ends_with_its_reason_on_standard_error():
    command = [sys.executable, "manage.py", "release", "--wait", "0"]
    environment = {**os.environ, "DATABASE_PORT": "1"}
    done = subprocess.run(
        command, cwd="/srv/app", env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "no database" in done.stderr
