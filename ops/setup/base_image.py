"""The base of all our images: pulled, else created from the distribution's packages."""

import base64
import os
import shutil
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from ops import run as processes
from ops.setup import apt, cache
from ops.setup.networks import Networks
from ops.setup.routes import Route, take_first
from stacks import versions
from stacks.errors import SetupError, UpshiftError
from stacks.redaction import login_of, without_login

PULL_SECONDS = 20.0
MAKE_SECONDS = 900.0
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def found() -> str:
    """The short id of the engine's image; empty without an image or an engine."""
    inspect = ["docker", "image", "inspect", "--format", "{{.Id}}", versions.BASE_IMAGE]
    try:
        done = processes.run(inspect, check=False, timeout=20)
    except UpshiftError:
        return ""
    return done.stdout.strip().removeprefix("sha256:")[:12] if done.code == 0 else ""


def ensure(networks: Networks) -> str:
    """Get the image into the engine; returns by which route."""
    if found():
        return "there already"
    with cache.lock("base-image"):
        if found():
            return "there already"
        return take_first(
            versions.BASE_IMAGE,
            routes=[
                Route("pulled", _pull),
                Route("created with mmdebstrap", lambda: _make(networks)),
            ],
            already="the engine's images: not found",
            hint="UPSHIFT_APT_MIRROR and UPSHIFT_CA_FILE set a reachable mirror",
        )


def _pull() -> None:
    processes.run(["docker", "pull", "--quiet", versions.BASE_IMAGE], timeout=PULL_SECONDS)


def _make(networks: Networks) -> None:
    """Create a root file system in the cache, import it into the engine, and delete it."""
    if shutil.which("mmdebstrap") is None or not _KEYRING.exists():
        apt.install(["mmdebstrap", "debian-archive-keyring"], networks=networks)
    with tempfile.TemporaryDirectory(prefix=".base-image.", dir=cache.root()) as folder:
        archive = Path(folder) / "root.tar"
        processes.run(
            command(
                archive,
                networks=networks,
                login=write_login(Path(folder), networks=networks),
            ),
            env=networks.environment(),
            timeout=MAKE_SECONDS,
        )
        processes.run(
            ["docker", "import", "--change", 'CMD ["bash"]', str(archive), versions.BASE_IMAGE],
            timeout=300,
        )
    if not found():
        raise SetupError("the engine imported the image but does not list it")


def command(archive: Path, *, networks: Networks, login: Path | None = None) -> list[str]:
    """The call of mmdebstrap. The host's way to its mirror is used, and not left in the image.

    `login` is a file for apt with the mirror's user and password: no argument may hold them, and
    the sources that stay in the image neither.
    """
    transport = [*networks.apt_transport(), *(netrc_options(login) if login else [])]
    cleaning = '--customize-hook=rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"'
    return [
        "mmdebstrap",
        "--variant=minbase",
        *([] if os.geteuid() == 0 else ["--mode=unshare"]),
        *(f"--aptopt={option}" for option in transport),
        *([cleaning] if transport else []),
        versions.DEBIAN_SUITE,
        str(archive),
        *sources(networks),
    ]


def netrc_options(login: Path) -> list[str]:
    """Where apt finds users and passwords, as apt.conf's lines."""
    return [f'Dir::Etc::netrc "{login}"']


def write_login(folder: Path, *, networks: Networks) -> Path | None:
    """The mirror's user and password, in apt's auth.conf format; None when it has none."""
    login = networks.apt_login()
    if not login:
        return None
    path = folder / "auth.conf"
    path.touch(mode=0o600)
    path.write_text(login)
    return path


def sources(networks: Networks) -> list[str]:
    """The package sources of the image; none: mmdebstrap names Debian's own, all three suites."""
    mirror = without_login(networks.apt_mirror or "")
    if not mirror:
        return []
    suite = versions.DEBIAN_SUITE
    signed = f"deb [signed-by={_KEYRING}]"
    lines = [f"{signed} {mirror} {suite} main"]
    for place in (f"{mirror} {suite}-updates", f"{mirror}-security {suite}-security"):
        if _has_suite(place, networks=networks):
            lines.append(f"{signed} {place} main")
    return lines


def _has_suite(place: str, *, networks: Networks) -> bool:
    address, suite = place.split()
    request = urllib.request.Request(f"{address}/dists/{suite}/InRelease", method="HEAD")
    if networks.apt_mirror and (credentials := login_of(networks.apt_mirror)):
        basic = base64.b64encode(":".join(credentials).encode()).decode()
        request.add_header("Authorization", f"Basic {basic}")
    try:
        with urllib.request.urlopen(request, timeout=10, context=networks.ssl_context()):
            return True
    except (urllib.error.URLError, OSError, ValueError):
        return False
