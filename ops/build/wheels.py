"""The wheels of a release: downloaded once by the host's pip, by hash, and kept in the cache.

A package without a wheel comes as its sources, with what building them takes.
"""

import hashlib
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from ops.build import sources
from ops.run import run
from ops.setup import cache
from ops.setup.networks import Networks
from stacks.errors import BuildError, CommandError
from stacks.versions import SERVICE_PYTHON

ONLY_WHEELS = ("--only-binary=:all:",)
# What Debian trixie (glibc 2.41) runs, newest first; pip takes the first that a package offers.
PLATFORMS = (*(f"manylinux_2_{minor}" for minor in range(41, 16, -1)), "manylinux2014")


def locked(requirements: Path) -> Path:
    """The file itself when its lines have hashes; else (a list, a pyproject.toml) its lock.

    A lock made here is kept in the cache: the same list gives the same release ever after.
    Raises BuildError when the list cannot be locked.
    """
    text = requirements.read_bytes()
    if b"--hash=" in text:
        return requirements

    def compile_into(folder: Path) -> None:
        try:
            _first_that_works(
                _compile(requirements, folder=folder, only=ONLY_WHEELS),
                _compile(requirements, folder=folder, only=()),
                seconds=600,
            )
        except CommandError as error:
            raise BuildError(
                f"{requirements.name} has no hashes, and could not be locked:\n{error.message}",
                where=str(requirements),
                hint="mend the list, or give one that is locked: uv pip compile --generate-hashes",
            ) from error

    key = hashlib.sha256(requirements.name.encode() + b"\0" + text).hexdigest()[:12]
    made = cache.obtain("lock", version=SERVICE_PYTHON, key=key, build=compile_into)
    return made / "requirements.lock"


def _compile(requirements: Path, *, folder: Path, only: Sequence[str]) -> list[str]:
    target = ["--python-version", SERVICE_PYTHON]
    target += ["--python-platform", f"{platform.machine()}-unknown-linux-gnu"]
    return [
        *[str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--no-header"],
        *["--generate-hashes", *only, *target],
        *["--output-file", str(folder / "requirements.lock"), str(requirements)],
    ]


def collect(requirements: Path) -> Path:
    """The folder that holds every wheel of a requirements file, or the sources where there is none.

    The host's pip is used, so that its own index, proxy and trust settings hold without being told.
    Raises BuildError when a package has no hash, or cannot be had.
    """
    text = requirements.read_bytes()
    key = hashlib.sha256(text).hexdigest()[:12]

    def download(folder: Path) -> None:
        try:
            # A lock names all: without --no-deps the marks of *this* Python would ask for more.
            listed = ["--require-hashes", "--no-deps", "--requirement", str(requirements)]
            _first_that_works(
                _download(*ONLY_WHEELS, *listed, folder=folder),
                _download(*listed, folder=folder),
                seconds=1800,
            )
            _get_builders(folder)
        except CommandError as error:
            raise BuildError(
                f"the wheels of {requirements.name} could not be had:\n{error.message}",
                where=str(requirements),
                hint="every line needs a hash: uv pip compile --generate-hashes",
            ) from error

    return cache.obtain("wheels", version=SERVICE_PYTHON, key=key, build=download)


def _first_that_works(*commands: list[str], seconds: float) -> None:
    """Wheels are asked for first: reading what a source says of itself runs its code here."""
    environment = Networks.from_environment().environment()
    for command in commands[:-1]:
        try:
            run(command, env=environment, timeout=seconds)
            return
        except CommandError:
            continue
    run(commands[-1], env=environment, timeout=seconds)


def _get_builders(folder: Path) -> None:
    """What builds the sources in the image's build stage, where there is no network.

    The lock says nothing of these, and they stay behind in that stage.
    """
    wanted = {need for archive in sources.found(folder) for need in sources.requirements(archive)}
    if wanted:
        command = _download(*ONLY_WHEELS, *sorted(wanted), folder=folder)
        run(command, env=Networks.from_environment().environment(), timeout=600)


def _download(*wanted: str, folder: Path) -> list[str]:
    machine = platform.machine()
    return [
        *[sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"],
        *["--python-version", SERVICE_PYTHON, "--implementation", "cp"],
        *[word for name in PLATFORMS for word in ("--platform", f"{name}_{machine}")],
        *["--dest", str(folder), *wanted],
    ]
