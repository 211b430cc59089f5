"""Preflight: `app.path` is a Django project with the modules that the topology names."""

from pathlib import Path
from typing import Any

import pytest

from ops.preflight import project
from stacks.errors import TopologyError
from stacks.topology import Topology


def with_app(**app: Any) -> Topology:
    return Topology.model_validate({"stack": "dev", "app": app})


def test_a_folder_must_be_a_django_project_with_the_named_modules(tmp_path: Path) -> None:
    names = {"wsgi": "config.wsgi", "settings": "config.settings", "live_path": "/"}
    yours = with_app(path=str(tmp_path), **names)
    with pytest.raises(TopologyError, match="is not a Django project: it has no manage.py"):
        project.modules_exist(yours)
    (tmp_path / "manage.py").touch()
    with pytest.raises(TopologyError, match="it has no requirements.lock"):
        project.modules_exist(yours)
    (tmp_path / "requirements.lock").touch()
    with pytest.raises(TopologyError, match="has no config/wsgi.py") as caught:
        project.modules_exist(yours)
    assert caught.value.where == str(tmp_path / "config" / "wsgi.py")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "wsgi.py").touch()
    assert "without worker and beat (app.celery is not set)" in project.modules_exist(yours)
    with_tasks = with_app(path=str(tmp_path), **names, celery="config:app")
    with pytest.raises(
        TopologyError, match=r"topology.app.celery: 'config:app': the project has no"
    ):
        project.modules_exist(with_tasks)
    (tmp_path / "config" / "__init__.py").touch()
    assert "without" not in project.modules_exist(with_tasks)
    (tmp_path / ".dockerignore").write_text("*\n!manage.py\n")
    with pytest.raises(TopologyError, match="an ignore rule keeps this module") as caught:
        project.modules_exist(yours)
    assert caught.value.where == ".dockerignore: *"
    (tmp_path / ".dockerignore").write_text("*\n!manage.py\n!config\n")
    assert project.modules_exist(with_tasks)
