"""The version of the Django project, as its processes (APP_VERSION) and `ops status` tell it.

Not `git describe`: it changes with every commit of the repository, and the project's containers
would be replaced although nothing that goes into them had changed.
"""

import tomllib
from typing import Any

from stacks import inputs
from stacks.release import app_path, release_id
from stacks.topology import Topology
from stacks.topology.app import BUNDLED
from stacks.versions import TOOLKIT


def project_version(topology: Topology) -> str:
    """`app.version`; else what the project's pyproject.toml says; else the release's id.

    The bundled service has the toolkit's version, since it is part of it.
    """
    fixed = inputs.current(topology.stack)
    if fixed and fixed.images:  # as the run that we belong to has read it
        return fixed.version
    if topology.app.version:
        return topology.app.version
    if topology.app.path == BUNDLED:
        return TOOLKIT
    return _version_in_pyproject(topology) or release_id(topology)


def _version_in_pyproject(topology: Topology) -> str:
    """Empty where there is no such file, or where it leaves the version to a build tool."""
    try:
        document: dict[str, Any] = tomllib.loads(
            (app_path(topology) / "pyproject.toml").read_text()
        )
    except (OSError, tomllib.TOMLDecodeError):
        return ""
    for table in (document.get("project", {}), document.get("tool", {}).get("poetry", {})):
        if isinstance(table.get("version"), str):
            return str(table["version"])
    return ""
