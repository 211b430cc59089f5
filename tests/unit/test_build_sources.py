"""A package that offers its sources only, with the real pip and uv, and without a network."""

from pathlib import Path

import pytest

from ops.build import locks, sources, wheels
from stacks.errors import BuildError
from tests import sdist


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder is all that pip and uv see of the world; the cache is the test's own."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS"):
        monkeypatch.setenv(name, str(folder))
    for name in ("PIP_NO_INDEX", "UV_NO_INDEX"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def test_sources_come_where_there_is_no_wheel(index: Path, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(sdist.write(index, sdist.OF_ITSELF))
    folder = wheels.collect(lock)
    assert [path.name for path in sources.found(folder)] == ["tinything-1.0.tar.gz"]


def test_sources_with_another_hash_are_refused(index: Path, tmp_path: Path) -> None:
    sdist.write(index, sdist.OF_ITSELF)
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"tinything==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(BuildError, match="DO NOT MATCH THE HASHES") as caught:
        wheels.collect(lock)
    assert caught.value.where == str(lock)


def test_a_list_that_names_sources_is_locked(index: Path, tmp_path: Path) -> None:
    line = sdist.write(index, sdist.OF_ITSELF)
    listed = tmp_path / "requirements.txt"
    listed.write_text("tinything\n")
    assert line.split("--hash=")[1].strip() in locks.locked(listed, project=tmp_path).read_text()


def test_what_builds_them_is_what_they_say(index: Path) -> None:
    sdist.write(index, sdist.IN_C)
    (archive,) = index.iterdir()
    assert sources.requirements(archive) == ("setuptools>=75",)
    sdist.write(index, sdist.OF_ITSELF)
    assert sources.requirements(archive) == ()
    sdist.write(index, {"setup.py": ""})
    assert sources.requirements(archive) == sources.DEFAULT
    other = index / "tinything-1.0.zip"
    other.write_text("no tar")
    assert sources.requirements(other) == sources.DEFAULT


def test_a_folder_of_wheels_holds_no_sources(tmp_path: Path) -> None:
    (tmp_path / "tinything-1.0-py3-none-any.whl").touch()
    assert sources.found(tmp_path) == []
    assert sources.found(tmp_path / "none") == []
