"""Source archives of packages that have no wheel, fetched by hash without running their code."""

import hashlib
import platform
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from ops.build import indexes
from ops.run import run
from ops.setup.networks import Networks
from stacks.errors import CommandError
from stacks.redaction import login_of, without_login
from stacks.requirement_lines import lines_of
from stacks.versions import SERVICE_PYTHON

SECONDS = 300.0
LARGEST_BYTES = 1024**3
NEWEST_GLIBC, OLDEST_GLIBC = 41, 5


def fetch(lock: Path, *, folder: Path) -> list[str]:
    """Fetch the sources of each package of a lock that offers no wheel for the image.

    Returns the lines of all other packages. Raises CommandError when one cannot be downloaded.
    """
    packages = _packages(lock, folder=folder)
    without_wheel = {name: found for name, found in packages.items() if not _has_wheel(found)}
    for name, found in without_wheel.items():
        if not found.get("sdist"):
            raise CommandError(f"{name} offers neither a wheel for the image nor its sources")
        _fetch(found["sdist"], folder=folder)
    lines = [line for line in lines_of(lock.read_text()) if line.kind == "requirement"]
    return [line.text for line in lines if _name(line.text) not in without_wheel]


def _packages(lock: Path, *, folder: Path) -> dict[str, dict[str, Any]]:
    """What the index offers for each line of the lock, by name (PEP 751)."""
    found = folder / "pylock.toml"
    target = ["--python-version", SERVICE_PYTHON]
    target += ["--python-platform", f"{platform.machine()}-unknown-linux-gnu"]
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--no-deps"]
    command = [*uv, *target, "--format", "pylock.toml", "--output-file", str(found), str(lock)]
    try:
        run(command, env=indexes.for_uv(lock.parent), timeout=SECONDS, cwd=lock.parent)
        document = tomllib.loads(found.read_text())
    finally:
        found.unlink(missing_ok=True)
    return {str(package["name"]): package for package in document.get("packages", [])}


def _has_wheel(package: dict[str, Any]) -> bool:
    """Whether one of its wheels runs in the image, as pip decides it."""
    usable = set(_tags())
    return any(usable & _tags_of(wheel) for wheel in package.get("wheels", []))


def _tags_of(wheel: dict[str, Any]) -> frozenset[Tag]:
    try:
        return parse_wheel_filename(_file_name(wheel))[3]
    except InvalidWheelFilename:
        return frozenset()


def _tags() -> Iterator[Tag]:
    machine = platform.machine()
    named = [f"manylinux_2_{minor}_{machine}" for minor in range(NEWEST_GLIBC, OLDEST_GLIBC, -1)]
    old = [f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"manylinux1_{machine}"]
    version = tuple(int(part) for part in SERVICE_PYTHON.split("."))
    platforms = [*named, *old]
    yield from cpython_tags(version, platforms=platforms)
    yield from compatible_tags(version, platforms=platforms)


def _fetch(archive: dict[str, Any], *, folder: Path) -> None:
    """One archive, checked against its hash while it comes."""
    target, digest = folder / _file_name(archive), hashlib.sha256()
    try:
        if "path" in archive:
            content = (folder / archive["path"]).read_bytes()
            digest.update(content)
            target.write_bytes(content)
        else:
            _stream(archive["url"], target=target, digest=digest)
    except (httpx.HTTPError, OSError) as error:
        raise CommandError(f"{target.name} cannot be downloaded: {error}") from error
    if digest.hexdigest() != archive.get("hashes", {}).get("sha256"):
        target.unlink()
        raise CommandError(f"{target.name} does not match its hash")


def _stream(url: str, *, target: Path, digest: Any) -> None:
    networks = Networks.from_environment()
    login = login_of(url) or _login_of_index(url, index=networks.package_index or "")
    client = httpx.Client(verify=networks.ssl_context(), follow_redirects=True, timeout=60)
    with client, client.stream("GET", without_login(url), auth=login) as answer:
        answer.raise_for_status()
        size = 0
        with target.open("wb") as file:
            for part in answer.iter_bytes():
                size += len(part)
                if size > LARGEST_BYTES:
                    raise CommandError(f"{target.name} is larger than 1 GiB")
                digest.update(part)
                file.write(part)


def _login_of_index(url: str, *, index: str) -> tuple[str, str] | None:
    """The index's user and password, for files on the same host alone."""
    same = urlsplit(index).hostname == urlsplit(url).hostname
    return login_of(index) if same else None


def _file_name(archive: dict[str, Any]) -> str:
    named = archive.get("name") or unquote(urlsplit(archive.get("url", "")).path)
    return Path(str(named or archive.get("path", ""))).name


def _name(line: str) -> str:
    for mark in "=<>!~[;@ ":
        line = line.partition(mark)[0]
    return canonicalize_name(line)
