"""Check that `app.path` is a Django project with the modules that the topology names."""

from pathlib import Path, PurePath

from ops.build import secret_files
from stacks.errors import TopologyError
from stacks.ignore_rules import reason_of, rules_of
from stacks.release import app_path
from stacks.topology import Topology


def modules_exist(topology: Topology) -> str:
    """The project has the modules that Gunicorn and Celery load, and no secret files."""
    path, app = app_path(topology), topology.app
    secret_files.refuse(path, allowed=app.allow_files)
    _require_module(path, key="wsgi", name=app.wsgi, example="config.wsgi:application")
    if app.celery is None:
        return f"app: {path.name}, without worker and beat (app.celery is not set)"
    _require_module(path, key="celery", name=app.celery, example="config.celery:app")
    return f"app: {path.name}"


def _require_module(path: Path, *, key: str, name: str, example: str) -> None:
    module = name.partition(":")[0].replace(".", "/")
    candidates = (PurePath(f"{module}.py"), PurePath(module, "__init__.py"))
    found = next((each for each in candidates if (path / each).is_file()), None)
    if found is None:
        raise TopologyError(
            f"topology.app.{key}: {name!r}: the project has no {module}.py",
            where=str(path / f"{module}.py"),
            hint=f"name the module and its application, for example {example}",
        )
    if rule := reason_of(rules_of(path), found):
        raise TopologyError(
            f"topology.app.{key}: {name!r}: an ignore rule keeps this module out of the image",
            where=rule,
            hint="change that rule, so that the image contains the module",
        )
