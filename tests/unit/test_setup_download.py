"""The vendor's route, from a real server of this test: fetched, compared, unpacked, linked."""

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ops.setup import cache, download, golang, tools
from ops.setup.networks import Networks
from stacks import versions
from stacks.errors import SetupError

TAG = f"v{versions.PULUMI}"


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, and writes nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a server that stands for both of the vendor's sites; no Go, an empty cache."""
    folder = tmp_path / "site"
    folder.mkdir()
    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(tools, "_RELEASES", address)
        monkeypatch.setattr(tools, "_GITHUB", address)
        monkeypatch.setattr(download, "architecture", lambda *, amd64, arm64: amd64)
        monkeypatch.setattr("shutil.which", lambda name: None)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(golang, "toolchain", no_go)
        yield folder
        server.shutdown()


def no_go(_networks: Networks) -> Path:
    raise SetupError("no Go here")


def publish(site: Path, *, names: tuple[str, ...] = tools.PULUMI_NAMES, checksum: str = "") -> Path:
    """An archive and its list of checksums, laid out as the vendor does; returns the archive."""
    archive = site / "sdk" / f"pulumi-{TAG}-linux-x64.tar.gz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as tar:
        for name in (*names, "pulumi-language-go"):
            text = f"#!/bin/sh\necho {TAG}\n".encode()
            entry = tarfile.TarInfo(f"pulumi/{name}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
    told = checksum or hashlib.sha256(archive.read_bytes()).hexdigest()
    listed = site / "pulumi" / "releases" / "download" / TAG
    listed.mkdir(parents=True)
    sums = listed / f"pulumi-{versions.PULUMI}-checksums.txt"
    sums.write_text(f"{'0' * 64}  other.tar.gz\n{told}  {archive.name}\n")
    return archive


def refused(said: str) -> None:
    """The error names what the vendor's route said, and nothing is left in the cache."""
    with pytest.raises(SetupError, match=said):
        tools.ensure_pulumi(Networks())
    assert not cache.bin_dir().exists()
    assert list((cache.root() / "entries").iterdir()) == []


def test_the_programs_arrive_and_can_be_run(site: Path) -> None:
    publish(site)
    assert tools.ensure_pulumi(Networks()) == "the vendor's download"
    assert tools.pulumi_folder() == cache.bin_dir()
    assert sorted(path.name for path in cache.bin_dir().iterdir()) == sorted(tools.PULUMI_NAMES)
    shown = tools.found_version(cache.bin_dir() / "pulumi", arguments=("version",))
    assert shown == versions.PULUMI
    entry = (cache.bin_dir() / "pulumi").resolve().parent
    assert not list(entry.glob("*.tar.gz")) and not (entry / "pulumi-language-go").exists()


def test_without_a_list_the_file_is_taken(site: Path) -> None:
    publish(site)
    for path in site.rglob("*checksums.txt"):
        path.unlink()
    assert tools.ensure_pulumi(Networks()) == "the vendor's download"


def test_another_checksum_is_refused(site: Path) -> None:
    publish(site, checksum="f" * 64)
    refused(f"its checksum is [0-9a-f]{{64}}, the vendor's list says {'f' * 64}")


def test_half_an_archive_is_refused(site: Path) -> None:
    archive = publish(site)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    for path in site.rglob("*checksums.txt"):
        path.unlink()
    refused("is not a complete archive")


def test_an_archive_that_lacks_a_program_is_refused(site: Path) -> None:
    publish(site, names=tools.PULUMI_NAMES[:2])
    refused("does not contain pulumi-language-python-exec, pulumi-resource-pulumi-python")


def test_a_file_that_is_not_there_is_told(site: Path) -> None:
    refused("404")


def test_a_download_that_takes_too_long_is_ended(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(site)
    monkeypatch.setattr(download, "TOTAL_SECONDS", -1.0)
    refused("not downloaded within")


def test_the_provider_too(site: Path) -> None:
    name = f"{tools.PROVIDER}-v{versions.PULUMI_DOCKER}-linux-amd64.tar.gz"
    (site / "plugins").mkdir()
    with tarfile.open(site / "plugins" / name, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo(tools.PROVIDER), io.BytesIO())
    assert tools.ensure_provider(Networks()) == "the vendor's download"
    assert tools.provider_path() == cache.bin_dir() / tools.PROVIDER
