"""Check the free space on the Docker engine's disk."""

import os
import shutil
from pathlib import Path

from infra.docker import engine_address
from ops.run import run
from stacks.errors import PreflightError
from stacks.topology import Topology

GIB = 1024**3
MIN_FREE_GIB = 2.0
VARIABLE = "UPSHIFT_DISK_LEFT"  # another minimum, in GiB


def disk_space(_topology: Topology) -> str:
    """The engine's disk has space for images and data."""
    if engine_address.is_remote():
        return "disk: on another machine, not checked"
    minimum = _minimum()
    root = run(["docker", "info", "--format", "{{.DockerRootDir}}"]).stdout.strip()
    folder = Path(root)
    # This user may not be able to see inside; a parent folder is nearly always on the same disk.
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / GIB
    if free < minimum:
        raise PreflightError(
            f"the disk is nearly full: {free:.1f} GiB free, {minimum:g} GiB required",
            where=root,
            hint=f"free some space (docker image prune), or set {VARIABLE} (GiB)",
        )
    return f"disk: {free:.0f} GiB free"


def _minimum() -> float:
    value = os.environ.get(VARIABLE, "")
    try:
        return float(value) if value else MIN_FREE_GIB
    except ValueError as error:
        raise PreflightError(
            f"{VARIABLE} is {value!r}, which is not a number of GiB",
            where="the environment",
            hint="unset it, or set it to a number, for example 2",
        ) from error
