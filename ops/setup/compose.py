"""Docker Compose v2, for the developer's quick start only."""

import os
from pathlib import Path

from ops import run as processes
from ops.setup import cache, download, golang
from ops.setup.networks import Networks
from ops.setup.routes import Route, take_first
from ops.setup.tools import REACH_HINT
from stacks import versions
from stacks.errors import SetupError, UpshiftError

PLUGIN = "docker-compose"


def found() -> str:
    """The version of the plugin that Docker has; empty when it has none of version 2 or later."""
    try:
        done = processes.run(["docker", "compose", "version", "--short"], check=False, timeout=20)
    except UpshiftError:
        return ""
    version = golang.version_of(done.stdout) if done.code == 0 else ()
    return ".".join(map(str, version)) if version >= (2,) else ""


def ensure(networks: Networks) -> str:
    """Install `docker compose`; returns by which route."""
    if found():
        return "there already"
    taken = ["from the cache"]

    def fill(folder: Path) -> None:
        taken[0] = take_first(
            f"{PLUGIN} {versions.COMPOSE}",
            routes=[
                Route("the vendor's download", lambda: _download(folder, networks=networks)),
                Route("built from Go modules", lambda: _build(folder, networks=networks)),
            ],
            already="docker compose: no plugin of version 2 or later",
            hint=REACH_HINT,
        )

    key = cache.checksum(cache.go_inputs("compose"))
    entry = cache.obtain(PLUGIN, version=versions.COMPOSE, key=key, build=fill)
    _register(entry / PLUGIN)
    if not found():
        raise SetupError(f"Docker does not accept the plugin {entry / PLUGIN}")
    return taken[0]


def _register(program: Path) -> None:
    """Link the plugin where this user's Docker looks for it; a user's own file is kept."""
    settings = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    place = settings / "cli-plugins" / PLUGIN
    if place.exists() and not place.is_symlink():
        raise SetupError(f"{place} exists but does not work as Compose v2", hint=f"remove {place}")
    cache.link(program, into=place.parent)


def _download(folder: Path, *, networks: Networks) -> None:
    machine = download.architecture(amd64="x86_64", arm64="aarch64")
    name = f"{PLUGIN}-linux-{machine}"
    released = f"https://github.com/docker/compose/releases/download/v{versions.COMPOSE}"
    download.fetch(
        f"{released}/{name}",
        to=folder / PLUGIN,
        networks=networks,
        checksums=f"{released}/checksums.txt",
    )
    (folder / PLUGIN).chmod(0o755)


def _build(folder: Path, *, networks: Networks) -> None:
    golang.build(
        "compose",
        package="github.com/docker/compose/v2/cmd",
        output=folder / PLUGIN,
        networks=networks,
        version_variable="github.com/docker/compose/v2/internal.Version",
        version=f"v{versions.COMPOSE}",
    )
