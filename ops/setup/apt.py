"""Packages of a Debian or Ubuntu host."""

import os
import shutil
from collections.abc import Sequence

from ops import run as processes
from ops.setup import cache
from ops.setup.networks import Networks
from stacks.errors import SetupError


def available() -> bool:
    """True where this user may install packages with apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: Sequence[str], *, networks: Networks, optional: Sequence[str] = ()) -> None:
    """Install packages, and those of `optional` that this release of the system has."""
    if shutil.which("apt-get") is None:
        raise SetupError("this system is not Debian or Ubuntu: apt-get is missing")
    if os.geteuid() != 0:
        raise SetupError(
            f"installing {', '.join(packages)} requires root",
            hint=f"sudo apt-get install --no-install-recommends {' '.join(packages)}",
        )
    settings = {**networks.environment(), "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300", *networks.apt_options()]
    with cache.lock("apt"):
        # An unreachable source must not prevent installing from the others.
        processes.run([*apt, "update"], env=settings, timeout=300, check=False)
        known = [name for name in optional if _known(name)]
        processes.run(
            [*apt, "install", "-y", "--no-install-recommends", *packages, *known],
            env=settings,
            timeout=900,
        )


def _known(package: str) -> bool:
    answer = processes.run(["apt-cache", "show", package], check=False, timeout=60)
    return answer.code == 0 and bool(answer.stdout.strip())
