"""Where uv finds packages: as we are told, as it is told itself, and else as pip is told.

uv does not read pip's settings. A host whose pip knows its index must not be asked about another.
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
# pip's setting, uv's variable, and whether several of pip's are commas in uv's.
FROM_PIP = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


def for_uv(project: Path) -> dict[str, str]:
    """What uv needs in its environment to lock a list of the app in `project`."""
    told = Networks.from_environment().environment()
    if "UV_DEFAULT_INDEX" in told:
        # uv's own older names would go before it.
        return {**told, "UV_INDEX_URL": told["UV_DEFAULT_INDEX"]}
    if any(os.environ.get(name) for name in OWN) or _is_told_by_file(project):
        return told
    return {**_from_pip(), **told}


def _is_told_by_file(project: Path) -> bool:
    """Whether a settings file of uv (the project's, the user's, the system's) names an index."""
    user = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "uv" / "uv.toml"
    named = [Path(found) for name in ("UV_CONFIG_FILE",) if (found := os.environ.get(name))]
    for path in (*named, *uv_settings(project), user, Path("/etc/uv/uv.toml")):
        told = toml_of(path)
        if path.name == "pyproject.toml":
            told = told.get("tool", {}).get("uv", {})
        if any(key in place for place in (told, told.get("pip", {})) for key in KEYS):
            return True
    return False


def _from_pip(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """pip's settings, of its files and variables, as uv's variables."""
    listed = run([sys.executable, "-m", "pip", "config", "list"], check=False, timeout=60).stdout
    told: dict[str, str] = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        scope, _, name = key.strip().rpartition(".")
        # Of the sections, `download` goes before `global`, and the environment before both.
        if scope in ("global", "download", ":env:") and name in FROM_PIP:
            words = value.strip().strip("'\"").replace("\\n", " ").split()
            told[name] = ("," if name == "find-links" else " ").join(words)
    made = {FROM_PIP[name]: value for name, value in told.items() if value}
    if made.get("UV_NO_INDEX", "").lower() in ("0", "false", "no", "off"):
        del made["UV_NO_INDEX"]
    return {name: value for name, value in made.items() if not environment.get(name)}
