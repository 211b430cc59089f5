"""The release of any Django project, `upshift_runtime.release`."""

import os
import subprocess
import sys

import pytest

SETTINGS = """
import os
SECRET_KEY = "x" * 50
INSTALLED_APPS = ["django.contrib.staticfiles"]
STATICFILES_DIRS = [{folder!r}]
STATIC_URL = "static/"
{more}
"""
FROM_THE_ENVIRONMENT = 'STATIC_ROOT = os.environ["STATIC_ROOT"]'


@pytest.fixture
def release(tmp_path):
    """Runs the release of a project whose settings end with `more`."""
    served = tmp_path / "served"
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "style.css").write_text("body {}")

    def run(more):
        text = SETTINGS.format(folder=str(tmp_path / "own"), more=more)
        (tmp_path / "any_settings.py").write_text(text)
        values = {"DJANGO_SETTINGS_MODULE": "any_settings", "STATIC_ROOT": str(served)}
        done = subprocess.run(
            [sys.executable, "-m", "upshift_runtime.release"],
            cwd=tmp_path,
            env={**os.environ, **values},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done, served / "style.css"

    return run


def test_static_files_are_collected_and_without_a_database_nothing_is_migrated(release):
    done, collected = release(FROM_THE_ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    assert collected.read_text() == "body {}" and "warning" not in done.stderr


@pytest.mark.parametrize("more", ["", 'STATIC_ROOT = "/srv/app/staticfiles"'])
def test_where_the_edge_would_not_find_them_the_setting_is_named(release, more):
    done, collected = release(more)
    assert done.returncode == 1 and not collected.exists()
    assert "STATIC_ROOT = os.environ.get('STATIC_ROOT'" in done.stderr
    assert "any_settings" in done.stderr and str(collected.parent) in done.stderr


def test_an_address_that_the_edge_does_not_serve_is_told(release):
    done, collected = release(f'{FROM_THE_ENVIRONMENT}\nSTATIC_URL = "/assets/"')
    assert done.returncode == 0 and collected.exists()
    assert "STATIC_URL is '/assets/'" in done.stderr


def test_a_project_without_static_files_needs_none_of_it(release):
    done, collected = release("INSTALLED_APPS = []")
    assert done.returncode == 0 and not collected.exists()
