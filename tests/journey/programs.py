"""The programs of this machine that only the tests of pages need."""

import re
import shutil
import subprocess

from ops.setup import apt
from ops.setup.networks import Networks

NODE = 20  # what the Observatory asks for


def ensure() -> None:
    """Chromium, its certificate tool and Node: found, or installed from Debian's packages."""
    wanted = {"chromium": "chromium", "certutil": "libnss3-tools", "node": "nodejs", "npm": "npm"}
    missing = [package for program, package in wanted.items() if shutil.which(program) is None]
    if missing:
        apt.install(missing, networks=Networks.from_environment())
    said = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    found = re.match(r"v(\d+)", said)
    assert found and int(found.group(1)) >= NODE, f"Node {NODE} or later is needed, this is {said}"
