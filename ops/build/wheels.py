"""The wheels of a release: downloaded once by the host's pip, by hash, and kept in the cache.

A package without a wheel comes as its sources, with what is needed to build them.
"""

import hashlib
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from ops.build import hints, sdists, sources
from ops.run import run
from ops.setup import cache
from ops.setup.networks import Networks
from stacks.errors import BuildError, CommandError
from stacks.versions import SERVICE_PYTHON

SECONDS = 1800
ONLY_WHEELS = ("--only-binary=:all:",)
# What Debian trixie (glibc 2.41) runs, newest first; pip takes the first that a package offers.
PLATFORMS = (*(f"manylinux_2_{minor}" for minor in range(41, 16, -1)), "manylinux2014")


def collect(requirements: Path) -> Path:
    """A folder with every wheel of a requirements file, or the sources of packages without one.

    It uses the host's pip, and so its index, proxy and trust settings. Raises BuildError when a
    package has no hash, or cannot be downloaded.
    """
    text = requirements.read_bytes()
    key = hashlib.sha256(text).hexdigest()[:12]

    def download(folder: Path) -> None:
        try:
            # A lock names all: without --no-deps the marks of *this* Python would ask for more.
            listed = ["--require-hashes", "--no-deps", "--requirement", str(requirements)]
            _get_all(folder, requirements=requirements, listed=listed)
            _get_builders(folder)
        except CommandError as error:
            raise BuildError(
                f"the wheels of {requirements.name} cannot be downloaded:\n{error.message}",
                where=str(requirements),
                hint=hints.for_output(error.message)
                or "every line needs a hash: uv pip compile --generate-hashes",
            ) from error

    return cache.obtain("wheels", version=SERVICE_PYTHON, key=key, build=download)


def _get_all(folder: Path, *, requirements: Path, listed: Sequence[str]) -> None:
    """Wheels where they exist; else sources without running their code; last, as pip does it.

    pip runs a source's code on this machine to ask for its name, which fails where C headers that
    only the image has are missing.
    """
    environment = Networks.from_environment().environment()
    try:
        run(_download(*ONLY_WHEELS, *listed, folder=folder), env=environment, timeout=SECONDS)
        return
    except CommandError:
        pass
    try:
        rest = sdists.fetch(requirements, folder=folder)
        if rest:
            wanted = folder / "wheels.txt"
            wanted.write_text("\n".join(rest))
            only = ["--require-hashes", "--no-deps", "--requirement", str(wanted)]
            run(_download(*ONLY_WHEELS, *only, folder=folder), env=environment, timeout=SECONDS)
    except CommandError:
        run(_download(*listed, folder=folder), env=environment, timeout=SECONDS)
    finally:
        (folder / "wheels.txt").unlink(missing_ok=True)


def _get_builders(folder: Path) -> None:
    """The build requirements of the sources, for the image's build stage, which has no network.

    They are not in the lock, and not in the final image.
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
