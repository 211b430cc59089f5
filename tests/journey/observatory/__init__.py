"""Mozilla's HTTP Observatory, run on this machine against a stack of a test."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.setup import cache
from tests.journey import programs

HERE = Path(__file__).parent
PACKAGE = "@mdn/mdn-http-observatory"


@dataclass(frozen=True)
class Grade:
    """What it says of one address; `lost` are its tests that took points away."""

    letter: str
    score: int
    lost: dict[str, str]


def installed() -> Path:
    """The folder of the locked version, from the cache of this user or from npm's registry.

    No script of any package is run. The one of the Observatory itself would fetch the browsers'
    list of preloaded names: an empty one is the same for a name that is on no list.
    """
    inputs = [HERE / "package.json", HERE / "package-lock.json"]

    def fill(folder: Path) -> None:
        for file in inputs:
            shutil.copy(file, folder)
        command = ["npm", "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]
        own = programs.node()
        done = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        (folder / "node_modules" / PACKAGE / "conf" / "hsts-preload.json").write_text("{}")

    version = json.loads(inputs[0].read_text())["dependencies"][PACKAGE]
    key = cache.checksum(inputs)
    return cache.obtain("http-observatory", version=version, key=key, build=fill)


def grade(name: str, path: str, *, ports: Mapping[int, int], authority: Path) -> Grade:
    """Its verdict; `ports` says where the stack has 80 and 443, `authority` whom to trust."""
    way = json.dumps({"name": name, "ports": ports})
    scan = installed() / "node_modules" / PACKAGE / "src" / "scan.js"
    done = subprocess.run(
        ["node", "--import", str(HERE / "way.mjs"), str(scan), f"{name}{path}"],
        env={**programs.node(), "NODE_EXTRA_CA_CERTS": str(authority), "OBSERVATORY_WAY": way},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    lost = {
        test: str(found["result"])
        for test, found in told["tests"].items()
        if not found["pass"] or found["scoreModifier"] < 0
    }
    return Grade(letter=told["scan"]["grade"], score=told["scan"]["score"], lost=lost)
