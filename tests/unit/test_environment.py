"""What every Django project is told from outside."""

from pathlib import Path

import pytest

from stacks.environment import service_environment
from stacks.topology import Topology
from stacks.versions import TOOLKIT

GRACE = {"stop_grace": 45}


def test_a_wildcard_is_written_as_django_reads_it() -> None:
    names = ("api.example.com", "*.example.com")
    topology = Topology.model_validate({"stack": "dev", "edge": {"server_names": names}})
    given = service_environment(topology)
    assert given["APP_ALLOWED_HOSTS"] == "api.example.com,.example.com"
    assert "https://*.example.com:8443" in given["APP_TRUSTED_ORIGINS"].split(",")


def test_a_worker_is_told_how_long_it_has_to_end() -> None:
    given = service_environment(Topology.model_validate({"stack": "dev", "worker": GRACE}))
    assert given["WORKER_STOP_GRACE"] == "45"


def test_secrets_are_paths_and_the_projects_own_values_win() -> None:
    app = {"environment": {"APP_VERSION": "7"}}
    given = service_environment(Topology.model_validate({"stack": "dev", "app": app}))
    assert given["APP_VERSION"] == "7"
    assert len([name for name in given if name.endswith("_FILE")]) >= 4
    assert not [name for name in given if name.endswith(("_PASSWORD", "SECRET_KEY"))]


def project(folder: Path, *, pyproject: str = "") -> Topology:
    """A project of the user's, described with what it must name."""
    (folder / "manage.py").touch()
    (folder / "requirements.txt").write_text("django\n")
    if pyproject:
        (folder / "pyproject.toml").write_text(pyproject)
    app = {"path": str(folder), "requirements": "requirements.txt", "wsgi": "shop.wsgi"}
    app |= {"settings": "shop.settings", "live_path": "/"}
    return Topology.model_validate({"stack": "dev", "app": app})


@pytest.mark.parametrize(
    ("pyproject", "version"),
    [
        ('[project]\nversion = "3.1"', "3.1"),
        ('[tool.poetry]\nversion = "0.4.0"', "0.4.0"),
        ('[project]\ndynamic = ["version"]', None),
        ("[tool.ruff]", None),
        ("no toml", None),
        ("", None),
    ],
)
def test_a_projects_version_is_its_own(tmp_path: Path, pyproject: str, version: str | None) -> None:
    topology = project(tmp_path, pyproject=pyproject)
    given = service_environment(topology)
    assert given["APP_VERSION"] == (version or given["RELEASE_ID"]) != TOOLKIT
    assert given["UPSHIFT_VERSION"] == TOOLKIT
    named = topology.model_copy(update={"app": topology.app.model_copy(update={"version": "9"})})
    assert service_environment(named)["APP_VERSION"] == "9"


def test_the_bundled_service_has_the_toolkits_version() -> None:
    assert service_environment(Topology(stack="dev"))["APP_VERSION"] == TOOLKIT
