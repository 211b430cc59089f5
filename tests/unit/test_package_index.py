"""The named index is the one that is asked, by the real uv and pip; no other is reachable."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.build import locks, sources, wheels
from stacks.errors import BuildError
from tests import sdist
from tests.package_index import Index, served
from tests.unit.test_indexes import bare

PASSWORD = "canary-pass%2Fword"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    (tmp_path / "index").mkdir()
    bare(monkeypatch, tmp_path)
    # Whatever is not on this machine goes to a proxy that is not there.
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with served(tmp_path / "index", login=f"user:{PASSWORD.replace('%2F', '/')}") as made:
        yield made


def url(index: Index) -> str:
    """The index's address as a person writes it: with an encoded password."""
    return index.url.replace(index.login, f"user:{PASSWORD}")


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "requirements.txt").write_text("tinything\n")
    return tmp_path / "shop" / "requirements.txt"


def test_the_named_index_locks_and_gives_the_packages(
    index: Index, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = sdist.write(index.folder, sdist.OF_ITSELF)
    monkeypatch.setenv("UPSHIFT_PACKAGE_INDEX", url(index))
    lock = locks.locked(listed, project=listed.parent)
    assert lock.read_text().split() == line.split()
    (archive,) = sources.found(wheels.collect(lock))
    assert archive.name == "tinything-1.0.tar.gz"
    assert "/simple/tinything/" in index.asked


def test_pips_own_index_is_asked_where_none_is_named(
    index: Index, listed: Path, tmp_path: Path
) -> None:
    line = sdist.write(index.folder, sdist.OF_ITSELF)
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {url(index)}\n")
    assert locks.locked(listed, project=listed.parent).read_text().split() == line.split()


def test_sources_are_fetched_without_running_them(
    index: Index, listed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran = tmp_path / "it-ran"
    # As mysqlclient and GDAL do: what asks for its name fails where C headers are missing.
    backend = f"open({str(ran)!r}, 'w').close()\nraise SystemExit('no pkg-config name')\n"
    described = "[project]\nname='tinything'\nversion='1.0'\n"
    built = "[build-system]\nrequires=[]\nbuild-backend='backend'\nbackend-path=['.']\n"
    told = "Metadata-Version: 2.2\nName: tinything\nVersion: 1.0\n"
    files = {"pyproject.toml": described + built, "backend.py": backend, "PKG-INFO": told}
    sdist.write(index.folder, files)
    monkeypatch.setenv("UPSHIFT_PACKAGE_INDEX", url(index))
    folder = wheels.collect(locks.locked(listed, project=listed.parent))
    assert [path.name for path in folder.iterdir()] == ["tinything-1.0.tar.gz"]
    assert not ran.exists()


def test_an_index_that_is_dead_is_named_and_its_password_is_not(
    index: Index, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPSHIFT_PACKAGE_INDEX", f"http://user:{PASSWORD}@127.0.0.1:1/simple/")
    with pytest.raises(BuildError) as caught:
        locks.locked(listed, project=listed.parent)
    said = str(caught.value)
    assert "127.0.0.1:1" in said and "UPSHIFT_PACKAGE_INDEX" in caught.value.hint
    assert "canary" not in said
    assert index.asked == [] and os.environ["HTTPS_PROXY"]
