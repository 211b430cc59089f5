"""Downloads from the vendors' sites: with a time limit, and verified by the vendor's checksum."""

import hashlib
import platform
import tarfile
import time
import zlib
from pathlib import Path

import httpx

from ops.setup.networks import Networks
from stacks.errors import SetupError

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 180.0


def architecture(*, amd64: str, arm64: str) -> str:
    """The vendor's name for this machine's architecture."""
    names = {"x86_64": amd64, "aarch64": arm64, "arm64": arm64}
    machine = platform.machine()
    if machine not in names:
        raise SetupError(f"the vendor has no release for this machine: {machine}")
    return names[machine]


def fetch(url: str, *, to: Path, networks: Networks, checksums: str) -> None:
    """Download `url` into the file `to`, and compare it with the vendor's list of checksums."""
    try:
        with _client(networks) as client:
            found = _stream(client, url=url, to=to)
            wanted = _published(client, checksums=checksums, name=url.rsplit("/", 1)[-1])
    except (httpx.HTTPError, OSError) as failure:
        to.unlink(missing_ok=True)
        raise SetupError(f"{url}: {str(failure) or type(failure).__name__}") from failure
    if wanted and wanted != found:
        to.unlink()
        raise SetupError(f"{url}: its checksum is {found}, the vendor's list says {wanted}")


def unpack(archive: Path, *, into: Path, names: set[str]) -> None:
    """Take the programs with these names out of a tar archive, flat, and delete the archive."""
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.isfile() and Path(member.name).name in names:
                    member.name = Path(member.name).name
                    tar.extract(member, into, filter="data")
                    (into / member.name).chmod(0o755)
    except (tarfile.TarError, EOFError, zlib.error) as failure:
        raise SetupError(f"{archive.name} is not a complete archive: {failure}") from failure
    finally:
        archive.unlink()
    missing = sorted(name for name in names if not (into / name).exists())
    if missing:
        raise SetupError(f"{archive.name} does not contain {', '.join(missing)}")


def _client(networks: Networks) -> httpx.Client:
    timeout = httpx.Timeout(20.0, connect=CONNECT_SECONDS)
    return httpx.Client(timeout=timeout, verify=networks.ssl_context(), follow_redirects=True)


def _stream(client: httpx.Client, *, url: str, to: Path) -> str:
    """Write the file, and return its sha256."""
    deadline = time.monotonic() + TOTAL_SECONDS
    digest = hashlib.sha256()
    with client.stream("GET", url) as answer, to.open("wb") as file:
        answer.raise_for_status()
        for chunk in answer.iter_bytes():
            file.write(chunk)
            digest.update(chunk)
            if time.monotonic() > deadline:
                raise SetupError(f"{url}: not downloaded within {TOTAL_SECONDS:g} s")
    return digest.hexdigest()


def _published(client: httpx.Client, *, checksums: str, name: str) -> str | None:
    """The vendor's checksum; None when unavailable: then HTTPS alone protects the file."""
    try:
        answer = client.get(checksums)
        answer.raise_for_status()
    except httpx.HTTPError:
        return None
    for line in answer.text.splitlines():
        fields = line.split()
        if len(fields) == 2 and fields[1].lstrip("*").removeprefix("./") == name:
            return fields[0].lower()
    return None
