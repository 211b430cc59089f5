"""Wheels and locks: had once, by hash, for the service's Python and not for this one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ops.build import sdists, wheels
from ops.run import Completed
from stacks.errors import BuildError, CommandError

LOCKED = "django==5.2.8 \\\n    --hash=sha256:00\n"


class Runner:
    """Stands for pip and uv: notes what was asked, and writes what they would write."""

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []
        self.fails = False

    def __call__(self, args: Sequence[str], **_: Any) -> Completed:
        self.asked.append(args)
        if self.fails:
            raise CommandError("no matching distribution")
        if "--dest" in args:
            (Path(args[args.index("--dest") + 1]) / "django-5.2.8-py3-none-any.whl").touch()
        else:
            Path(args[args.index("--output-file") + 1]).write_text(LOCKED)
        return Completed(stdout="", stderr="", code=0)


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Runner:
    """No network, and a cache of its own."""
    made = Runner()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(wheels, "run", made)
    monkeypatch.setattr(sdists, "run", made)
    return made


def write(folder: Path, name: str, text: str) -> Path:
    """A requirements file."""
    (folder / name).write_text(text)
    return folder / name


def test_wheels_are_downloaded_once(runner: Runner, tmp_path: Path) -> None:
    lock = write(tmp_path, "requirements.lock", LOCKED)
    first = wheels.collect(lock)
    assert [path.name for path in first.iterdir()] == ["django-5.2.8-py3-none-any.whl"]
    assert wheels.collect(lock) == first
    assert len(runner.asked) == 1
    assert wheels.collect(write(tmp_path, "requirements.lock", LOCKED + "# more\n")) != first


def test_wheels_are_for_the_service_and_by_hash(runner: Runner, tmp_path: Path) -> None:
    wheels.collect(write(tmp_path, "requirements.lock", LOCKED))
    ((*asked,),) = runner.asked
    assert {"--require-hashes", "--only-binary=:all:", "--no-deps"} <= set(asked)
    assert asked[asked.index("--python-version") + 1] == "3.13"
    platforms = [asked[i + 1] for i, word in enumerate(asked) if word == "--platform"]
    assert any(name.startswith("manylinux2014_") for name in platforms)
    assert any(name.startswith("manylinux_2_28_") for name in platforms)


def test_wheels_that_cannot_be_had_leave_nothing(runner: Runner, tmp_path: Path) -> None:
    runner.fails = True
    lock = write(tmp_path, "requirements.lock", LOCKED)
    with pytest.raises(BuildError, match="no matching distribution") as caught:
        wheels.collect(lock)
    assert caught.value.where == str(lock)
    entries = tmp_path / "cache" / "upshift" / "entries"
    assert entries.is_dir() and not list(entries.iterdir())
