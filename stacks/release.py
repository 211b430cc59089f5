"""The id of a release: a hash of its whole content, so that nothing is built twice.

It is computed from the files alone, without Docker, so that the Pulumi program knows the images'
tags before they exist.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

from stacks import inputs
from stacks.errors import TopologyError
from stacks.ignore_rules import files_of
from stacks.requirement_files import digest_of_inputs
from stacks.topology import PROJECT, Topology
from stacks.versions import BASE_IMAGE, DEBIAN_SUITE, POSTGRES, REDIS, SERVICE_PYTHON

IMAGES = ("nginx", "postgres", "redis")
COMMON = "common"  # in docker/: what every image's recipe uses
PINS = (BASE_IMAGE, DEBIAN_SUITE, SERVICE_PYTHON, POSTGRES, REDIS)


def app_path(topology: Topology) -> Path:
    """The Django project's folder. Raises TopologyError when it is not one."""
    path = (PROJECT / topology.app.path).resolve()
    for needed in ("manage.py", topology.app.requirements):
        if not (path / needed).is_file():
            raise TopologyError(
                f"topology.app.path: {topology.app.path!r} is not a Django project:"
                f" it has no {needed}",
                where=str(path),
                hint="set the folder that contains manage.py; app.requirements is relative to it",
            )
    return path


def digest_of(*folders: Path) -> str:
    """12 hex digits over the names, modes and contents of the files, and over our pins."""
    digest = hashlib.sha256(repr(PINS).encode())
    for folder in folders:
        for path in files_of(folder):
            executable = bool(path.stat().st_mode & 0o100)
            digest.update(f"{path.relative_to(folder)}\0{executable}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


@lru_cache(maxsize=8)
def _release_id(path: Path, wanted: tuple[str, ...]) -> str:
    files = digest_of(path, PROJECT / "docker" / "app", PROJECT / "docker" / COMMON)
    inputs = digest_of_inputs(path / wanted[0], project=path)
    return hashlib.sha256("\0".join([files, inputs, *wanted]).encode()).hexdigest()[:12]


def release_id(topology: Topology) -> str:
    """The release's id: changes if and only if its content does."""
    if fixed := _fixed_images(topology):
        return fixed["app"].rpartition(":")[2]
    return _release_id(app_path(topology), _wanted(topology))


def _wanted(topology: Topology) -> tuple[str, ...]:
    """The topology's part of the image's content: requirements, and Debian packages."""
    app = topology.app
    return (app.requirements, *app.packages, "for the build:", *app.build_packages)


def image_tags(topology: Topology) -> dict[str, str]:
    """Each image's name and tag: `app` is the release, the others follow their own folders."""
    if fixed := _fixed_images(topology):
        return fixed
    recipes, common = PROJECT / "docker", PROJECT / "docker" / COMMON
    tags = {name: f"upshift/{name}:{digest_of(recipes / name, common)}" for name in IMAGES}
    return {"app": f"upshift/app:{release_id(topology)}", **tags}


def is_current(topology: Topology) -> bool:
    """Whether the sources are unchanged since the id was computed; reads them again."""
    read_now = _release_id.__wrapped__(app_path(topology), _wanted(topology))
    return read_now == release_id(topology)


def _fixed_images(topology: Topology) -> dict[str, str]:
    """The images of the current run; empty outside of a run."""
    fixed = inputs.current(topology.stack)
    return dict(fixed.images) if fixed else {}
