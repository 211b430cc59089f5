"""The package index for uv: from our settings, else from uv's own, else from pip's.

uv does not read pip's settings. On a host whose pip is configured, no other index must be used.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ops.run import run
from ops.setup.networks import Networks
from stacks.requirement_files import toml_of, uv_settings

OWN = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_NO_INDEX")
KEYS = ("index", "index-url", "extra-index-url", "no-index")
# pip's setting -> uv's variable.
FROM_PIP = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


def for_uv(project: Path) -> dict[str, str]:
    """The variables for uv to lock the requirements of the app in `project`."""
    ours = Networks.from_environment().environment()
    if "UV_DEFAULT_INDEX" in ours:
        # uv's older variable would take precedence over it.
        return {**ours, "UV_INDEX_URL": ours["UV_DEFAULT_INDEX"]}
    if any(os.environ.get(name) for name in OWN) or _has_index_in_file(project):
        return ours
    return {**_from_pip(), **ours}


def _has_index_in_file(project: Path) -> bool:
    """Whether a settings file of uv (the project's, the user's, the system's) names an index."""
    user = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "uv" / "uv.toml"
    named = [Path(found) for name in ("UV_CONFIG_FILE",) if (found := os.environ.get(name))]
    for path in (*named, *uv_settings(project), user, Path("/etc/uv/uv.toml")):
        settings = toml_of(path)
        if path.name == "pyproject.toml":
            settings = settings.get("tool", {}).get("uv", {})
        if any(key in place for place in (settings, settings.get("pip", {})) for key in KEYS):
            return True
    return False


def _from_pip(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """pip's settings, from its files and variables, as uv's variables."""
    listed = run([sys.executable, "-m", "pip", "config", "list"], check=False, timeout=60).stdout
    settings: dict[str, str] = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        scope, _, name = key.strip().rpartition(".")
        # `download` takes precedence over `global`, and the environment over both.
        if scope in ("global", "download", ":env:") and name in FROM_PIP:
            values = value.strip().strip("'\"").replace("\\n", " ").split()
            settings[name] = ("," if name == "find-links" else " ").join(values)
    variables = {FROM_PIP[name]: value for name, value in settings.items() if value}
    if variables.get("UV_NO_INDEX", "").lower() in ("0", "false", "no", "off"):
        del variables["UV_NO_INDEX"]
    return {name: value for name, value in variables.items() if not environment.get(name)}
