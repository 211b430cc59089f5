"""The wheels of a release: downloaded once by the host's pip, by hash, and kept in the cache."""

import hashlib
import platform
import sys
from pathlib import Path

from ops.run import run
from ops.setup import cache
from ops.setup.networks import Networks
from stacks.errors import BuildError, CommandError
from stacks.versions import SERVICE_PYTHON

# What Debian trixie (glibc 2.41) runs, newest first; pip takes the first that a package offers.
PLATFORMS = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")


def collect(requirements: Path) -> Path:
    """The folder that holds every wheel of a requirements file.

    The host's pip is used, so that its own index, proxy and trust settings hold without being told.
    Raises BuildError when a package has no wheel, no hash, or cannot be had.
    """
    text = requirements.read_bytes()
    key = hashlib.sha256(text).hexdigest()[:12]

    def download(folder: Path) -> None:
        try:
            environment = Networks.from_environment().environment()
            run(_command(requirements, folder=folder), env=environment, timeout=1800)
        except CommandError as error:
            raise BuildError(
                f"the wheels of {requirements.name} could not be had:\n{error.message}",
                where=str(requirements),
                hint="every line needs a hash and a wheel: uv pip compile --generate-hashes",
            ) from error

    return cache.obtain("wheels", version=SERVICE_PYTHON, key=key, build=download)


def _command(requirements: Path, *, folder: Path) -> list[str]:
    machine = platform.machine()
    return [
        *[sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"],
        *["--require-hashes", "--only-binary=:all:", "--python-version", SERVICE_PYTHON],
        *[word for name in PLATFORMS for word in ("--platform", f"{name}_{machine}")],
        *["--dest", str(folder), "--requirement", str(requirements)],
    ]
