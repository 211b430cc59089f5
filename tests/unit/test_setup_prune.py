"""The cache is rid of what no version has used for long, and of nothing else."""

import os
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops import cli
from ops.engine import environment
from ops.setup import cache, prune, steps


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def fill(folder: Path) -> None:
    (folder / "program").write_text("whole")


def age(path: Path, *, days: float) -> None:
    then = time.time() - days * 86400
    os.utime(path, (then, then))


def entry(name: str, *, days: float) -> Path:
    made = cache.obtain(name, version="1", key="k", build=fill)
    age(made, days=days)
    return made


def bin_of(version: str, *programs: Path, days: float) -> Path:
    folder = cache.root() / "bin" / version
    folder.mkdir(parents=True)
    for program in programs:
        cache.link(program / "program", into=folder)
    age(folder, days=days)
    return folder


def test_only_what_is_old_and_unused_goes() -> None:
    old, new, in_use, of_old = (
        entry("old", days=61),
        entry("new", days=59),
        entry("in-use", days=400),
        entry("of-old", days=400),
    )
    current = bin_of(cache.bin_dir().name, in_use, days=400)
    forgotten = bin_of("1.0.0", of_old, days=61)
    other = bin_of("2.0.0", in_use, days=1)
    assert prune.prune() == ["1.0.0", "of-old-1-k", "old-1-k"]
    assert [path.exists() for path in (old, of_old, forgotten)] == [False, False, False]
    assert [path.exists() for path in (new, in_use, current, other)] == [True, True, True, True]
    assert (current / "program").read_text() == "whole"
    assert prune.prune() == []


def test_a_use_makes_it_young_again() -> None:
    used = entry("wheels", days=400)
    assert cache.obtain("wheels", version="1", key="k", build=fill) == used
    folder = bin_of(cache.bin_dir().name, days=400)
    environment._path()
    assert prune.prune() == []
    assert time.time() - folder.stat().st_mtime < 60


def test_what_another_run_holds_is_left_alone() -> None:
    held = entry("held", days=400)
    with cache.lock(held.name):
        assert prune.prune() == []
    assert held.exists()
    assert prune.prune() == ["held-1-k"]


def test_setup_prunes_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "plan", lambda **_: [])
    old = entry("old", days=61)
    assert CliRunner().invoke(cli.app, ["setup"]).exit_code == 0 and old.exists()
    done = CliRunner().invoke(cli.app, ["setup", "--prune"])
    assert done.exit_code == 0 and not old.exists()
    assert "deleted from the cache: old-1-k" in done.stdout
