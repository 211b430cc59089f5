from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops import build
from ops.build import images, import_check, sdists, wheels
from ops.run import Completed
from stacks.errors import BuildError, CommandError
from stacks.release import image_tags
from stacks.topology import Topology

TOPOLOGY = Topology(stack="dev")


def hear(_line: str) -> None:
    """Nobody listens."""


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tags that would be built, without an engine and without a download."""
    tags: list[str] = []

    @contextmanager
    def free(_name: str) -> Iterator[None]:
        yield

    def note(tag: str, **_: object) -> None:
        tags.append(tag.removesuffix("-unverified"))

    monkeypatch.setattr("ops.setup.cache.lock", free)
    monkeypatch.setattr(images, "build", note)
    monkeypatch.setattr(images, "rename", lambda tag, *, to: None)
    monkeypatch.setattr(import_check, "check", lambda topology, **_: None)
    monkeypatch.setattr(images, "size", lambda tag: 5)
    monkeypatch.setattr(build, "_stage_app", lambda topology, *, name, locks: Path(name))
    return tags


def test_nothing_changed_nothing_built(monkeypatch: pytest.MonkeyPatch, built: list[str]) -> None:
    monkeypatch.setattr(images, "exists", lambda tag: True)
    made = build.release(TOPOLOGY, on_line=hear)
    assert built == [] and made.built == ()
    assert made.images == image_tags(TOPOLOGY)


def test_only_what_is_missing_is_built(monkeypatch: pytest.MonkeyPatch, built: list[str]) -> None:
    missing = image_tags(TOPOLOGY)["app"]
    monkeypatch.setattr(images, "exists", lambda tag: tag != missing)
    assert build.release(TOPOLOGY, on_line=hear).built == ("app",)
    assert built == [missing]


def test_a_failed_image_fails_the_release(
    monkeypatch: pytest.MonkeyPatch, built: list[str]
) -> None:
    def refuse(tag: str, **_: object) -> None:
        raise BuildError(f"no {tag}")

    monkeypatch.setattr(images, "exists", lambda tag: False)
    monkeypatch.setattr(images, "build", refuse)
    with pytest.raises(BuildError):
        build.release(TOPOLOGY, on_line=hear)


def test_a_failed_build_shows_the_last_lines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object, **__: object) -> int:
        raise CommandError("docker ended with code 1\nE: no such package")

    monkeypatch.setattr(images, "stream", fail)
    with pytest.raises(BuildError, match="upshift/x:1 could not be built") as caught:
        images.build("upshift/x:1", context=tmp_path, arguments={}, on_line=hear)
    assert "E: no such package" in caught.value.message
    assert caught.value.where == str(tmp_path)


def test_a_staged_folder_is_fresh_and_holds_no_caches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(images, "STAGING", tmp_path / "staging")
    source = tmp_path / "source"
    (source / "__pycache__").mkdir(parents=True)
    (source / "__pycache__" / "a.pyc").write_text("")
    (source / "a.py").write_text("1")
    left = tmp_path / "staging" / "app" / "old"
    left.mkdir(parents=True)
    folder = images.stage("app", parts={"src": source, "Dockerfile": source / "a.py"})
    found = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert found == {"src/a.py", "Dockerfile"} and not left.exists()


def test_wheels_that_cannot_be_had_name_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[list[str]] = []

    def fail(args: list[str], **_: object) -> Completed:
        asked.append(args)
        raise CommandError("pip ended with code 1\nhashes are required")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(wheels, "run", fail)
    monkeypatch.setattr(sdists, "run", fail)
    lock = tmp_path / "requirements.lock"
    lock.write_text("django\n")
    with pytest.raises(BuildError, match="hashes are required") as caught:
        wheels.collect(lock)
    downloads = [args for args in asked if "download" in args]
    assert all("--require-hashes" in args for args in downloads)
    assert ["--only-binary=:all:" in args for args in downloads] == [True, False]
    assert caught.value.where == str(lock)
