"""Pulumi's programs: found in the right version, downloaded from the vendor, or built."""

import os
import shutil
from pathlib import Path

from ops import run as processes
from ops.setup import cache, download, golang
from ops.setup.networks import Networks
from ops.setup.routes import Route, take_first
from stacks import versions
from stacks.errors import UpshiftError

# The CLI looks for the language host beside itself, and that one for its two scripts.
PULUMI_NAMES = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)
PROVIDER = "pulumi-resource-docker"
REACH_HINT = "UPSHIFT_CA_FILE, UPSHIFT_PACKAGE_INDEX and GOPROXY set reachable mirrors"

_RELEASES = "https://get.pulumi.com/releases"
_GITHUB = "https://github.com/pulumi"


def found_version(program: str | Path, *, arguments: tuple[str, ...]) -> str:
    """The version that a program tells, as `3.259.0`; empty when it does not."""
    try:
        done = processes.run(
            [str(program), *arguments],
            check=False,
            timeout=20,
            env={"PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
    except UpshiftError:
        return ""
    return ".".join(map(str, golang.version_of(done.stdout))) if done.code == 0 else ""


def pulumi_folder() -> Path | None:
    """The folder with the CLI in the right version and the language host, if there is one."""
    if all((cache.bin_dir() / name).exists() for name in PULUMI_NAMES):
        return cache.bin_dir()
    on_path = shutil.which("pulumi")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for folder in [*folders, pulumi_home() / "bin"]:
        if not all((folder / name).exists() for name in PULUMI_NAMES):
            continue
        if found_version(folder / "pulumi", arguments=("version",)) == versions.PULUMI:
            return folder
    return None


def provider_path() -> Path | None:
    """The Docker provider in the right version, where Pulumi itself finds it."""
    linked = cache.bin_dir() / PROVIDER
    if linked.exists():
        return linked
    plugin = pulumi_home() / "plugins" / f"resource-docker-v{versions.PULUMI_DOCKER}" / PROVIDER
    if plugin.is_file():
        return plugin
    on_path = shutil.which(PROVIDER)
    if on_path and found_version(on_path, arguments=("--version",)) == versions.PULUMI_DOCKER:
        return Path(on_path)
    return None


def pulumi_home() -> Path:
    """Pulumi's own folder, where its installer and its plugins go."""
    return Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")


def ensure_pulumi(networks: Networks) -> str:
    """The CLI and the language host, on PATH or linked in `cache.bin_dir()`."""
    folder = pulumi_folder()
    on_path = shutil.which("pulumi")
    if folder and folder == cache.bin_dir():
        return "there already"
    if folder and on_path and Path(on_path).resolve().parent == folder:
        return f"found in {folder}"
    route = f"found in {folder}"
    if folder is None:
        folder, route = _obtain_pulumi(networks)
    for name in PULUMI_NAMES:
        cache.link(folder / name, into=cache.bin_dir())
    return route


def _obtain_pulumi(networks: Networks) -> tuple[Path, str]:
    """The cache's entry, filled by the first route that works."""
    taken = ["from the cache"]

    def fill(folder: Path) -> None:
        taken[0] = take_first(
            f"pulumi {versions.PULUMI}",
            routes=[
                Route("the vendor's download", lambda: _download_pulumi(folder, networks=networks)),
                Route("built from Go modules", lambda: _build_pulumi(folder, networks=networks)),
            ],
            already=f"PATH and {pulumi_home()}: not found in this version",
            hint=REACH_HINT,
        )

    key = cache.checksum([*cache.go_inputs("cli"), *cache.go_inputs("language")])
    return cache.obtain("pulumi", version=versions.PULUMI, key=key, build=fill), taken[0]


def _download_pulumi(folder: Path, *, networks: Networks) -> None:
    machine = download.architecture(amd64="x64", arm64="arm64")
    tag = f"v{versions.PULUMI}"
    released = f"{_GITHUB}/pulumi/releases/download/{tag}"
    archive = folder / "pulumi.tar.gz"
    download.fetch(
        f"{_RELEASES}/sdk/pulumi-{tag}-linux-{machine}.tar.gz",
        to=archive,
        networks=networks,
        checksums=f"{released}/pulumi-{versions.PULUMI}-checksums.txt",
    )
    download.unpack(archive, into=folder, names=set(PULUMI_NAMES))


def _build_pulumi(folder: Path, *, networks: Networks) -> None:
    golang.build(
        "cli",
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        output=folder / "pulumi",
        networks=networks,
        version_variable="github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
        version=f"v{versions.PULUMI}",
    )
    sdk = "github.com/pulumi/pulumi/sdk/v3"
    golang.build(
        "language",
        package=f"{sdk}/python/cmd/pulumi-language-python",
        output=folder / "pulumi-language-python",
        networks=networks,
    )
    sources = golang.module_dir("language", of=sdk, networks=networks) / "python"
    for script in (
        sources / "cmd" / "pulumi-language-python-exec",
        sources / "dist" / "pulumi-resource-pulumi-python",
    ):
        shutil.copyfile(script, folder / script.name)
        (folder / script.name).chmod(0o755)


def ensure_provider(networks: Networks) -> str:
    """The Docker provider, where Pulumi finds it or linked in `cache.bin_dir()`."""
    found = provider_path()
    if found:
        return "there already"
    taken = ["from the cache"]

    def fill(folder: Path) -> None:
        taken[0] = take_first(
            f"{PROVIDER} {versions.PULUMI_DOCKER}",
            routes=[
                Route(
                    "the vendor's download", lambda: _download_provider(folder, networks=networks)
                ),
                Route("built from Go modules", lambda: _build_provider(folder, networks=networks)),
            ],
            already=f"PATH and {pulumi_home()}/plugins: not found in this version",
            hint=REACH_HINT,
        )

    key = cache.checksum(cache.go_inputs("docker"))
    entry = cache.obtain(PROVIDER, version=versions.PULUMI_DOCKER, key=key, build=fill)
    cache.link(entry / PROVIDER, into=cache.bin_dir())
    return taken[0]


def _download_provider(folder: Path, *, networks: Networks) -> None:
    """What `pulumi plugin install resource docker` fetches, without having to wait for the CLI."""
    machine = download.architecture(amd64="amd64", arm64="arm64")
    version = versions.PULUMI_DOCKER
    released = f"{_GITHUB}/pulumi-docker/releases/download/v{version}"
    archive = folder / f"{PROVIDER}.tar.gz"
    download.fetch(
        f"{_RELEASES}/plugins/{PROVIDER}-v{version}-linux-{machine}.tar.gz",
        to=archive,
        networks=networks,
        checksums=f"{released}/pulumi-docker_{version}_checksums.txt",
    )
    download.unpack(archive, into=folder, names={PROVIDER})


def _build_provider(folder: Path, *, networks: Networks) -> None:
    golang.build(
        "docker",
        package=".",
        output=folder / PROVIDER,
        networks=networks,
        version_variable="main.Version",
        version=versions.PULUMI_DOCKER,
        tags="no_compose",
    )
