"""The two generators: wrk for the top rate, Vegeta for latency at a fixed arrival rate.

wrk waits for an answer before it asks again, so at the top its latency is the queue's. Vegeta
asks when its clock says so, whatever has been answered (an open loop), as users do.
"""

import shutil
from pathlib import Path

from ops.setup import apt, cache, golang
from ops.setup.networks import Networks
from stacks.errors import SetupError

VEGETA = "12.13.0"
PACKAGE = "github.com/tsenart/vegeta/v12"


def wrk() -> str:
    """Debian's wrk, installed when this user may."""
    if not shutil.which("wrk"):
        try:
            apt.install(["wrk"], networks=Networks.from_environment())
        except SetupError as refusal:
            message = f"the bench needs wrk, and it could not be installed: {refusal.message}"
            raise SetupError(message, hint="apt-get install wrk") from refusal
    return shutil.which("wrk") or "wrk"


def vegeta() -> str:
    """Vegeta, built once from its Go modules into the user's cache."""

    def build(folder: Path) -> None:
        networks = Networks.from_environment()
        golang.build("vegeta", package=PACKAGE, output=folder / "vegeta", networks=networks)

    key = cache.checksum(cache.go_inputs("vegeta"))
    return str(cache.obtain("vegeta", version=VEGETA, key=key, build=build) / "vegeta")


def pinned(cores: str) -> list[str]:
    """What comes before a generator's command so that it keeps to some cores; empty: any."""
    return ["taskset", "-c", cores] if cores else []
