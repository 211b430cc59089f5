"""What a release is called: a hash of all that goes into it, so that nothing is built twice.

Computed from the files alone, without Docker, so that the Pulumi program can name the images
before they are there.
"""

import hashlib
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from stacks import inputs
from stacks.errors import TopologyError
from stacks.ignored import patterns_of
from stacks.topology import PROJECT, Topology
from stacks.versions import BASE_IMAGE, DEBIAN_SUITE, POSTGRES, REDIS, SERVICE_PYTHON

IMAGES = ("nginx", "postgres", "redis")
PINS = (BASE_IMAGE, DEBIAN_SUITE, SERVICE_PYTHON, POSTGRES, REDIS)


def app_path(topology: Topology) -> Path:
    """The Django project's folder. Raises TopologyError when it is none."""
    path = (PROJECT / topology.app.path).resolve()
    for needed in ("manage.py", topology.app.requirements):
        if not (path / needed).is_file():
            raise TopologyError(
                f"topology.app.path: {topology.app.path!r} is no Django project: no {needed} in it",
                where=str(path),
                hint="name the folder that holds manage.py, and app.requirements below it",
            )
    return path


def files_of(folder: Path) -> Iterator[Path]:
    """Every file that goes into an image, in order; what is ignored does not."""
    patterns = patterns_of(folder)
    found: list[Path] = []
    for root, folders, names in os.walk(folder):
        here = Path(root).relative_to(folder)
        folders[:] = [name for name in folders if not patterns.leave_out(here / name)]
        found += [folder / here / name for name in names if not patterns.leave_out(here / name)]
    yield from (path for path in sorted(found) if path.is_file())


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
def _release_id(path: Path, requirements: str) -> str:
    files = digest_of(path, PROJECT / "docker" / "app")
    return hashlib.sha256(f"{files}\0{requirements}".encode()).hexdigest()[:12]


def release_id(topology: Topology) -> str:
    """The release's name: changes when, and only when, something that goes into it does."""
    if fixed := _fixed_images(topology):
        return fixed["app"].rpartition(":")[2]
    return _release_id(app_path(topology), topology.app.requirements)


def image_tags(topology: Topology) -> dict[str, str]:
    """Each image's name and tag: `app` is the release, the others follow their own folders."""
    if fixed := _fixed_images(topology):
        return fixed
    tags = {name: f"upshift/{name}:{digest_of(PROJECT / 'docker' / name)}" for name in IMAGES}
    return {"app": f"upshift/app:{release_id(topology)}", **tags}


def is_current(topology: Topology) -> bool:
    """Whether the sources still are those that the release's name was made from: reads them."""
    read_now = _release_id.__wrapped__(app_path(topology), topology.app.requirements)
    return read_now == release_id(topology)


def _fixed_images(topology: Topology) -> dict[str, str]:
    """The images of the run that we belong to; none outside of one."""
    fixed = inputs.current(topology.stack)
    return dict(fixed.images) if fixed else {}
