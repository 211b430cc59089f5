import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ops.setup import cache


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def entries() -> list[str]:
    folder = cache.root() / "entries"
    return sorted(os.listdir(folder)) if folder.exists() else []


def test_a_builder_that_fails_leaves_nothing() -> None:
    def build(folder: Path) -> None:
        (folder / "half").write_text("made")
        raise RuntimeError("no space")

    with pytest.raises(RuntimeError, match="no space"):
        cache.obtain("tool", version="1", key="k", build=build)
    assert entries() == []


def test_an_entry_is_built_once_and_then_found() -> None:
    built: list[Path] = []
    for _ in range(2):
        entry = cache.obtain("tool", version="1", key="k", build=built.append)
    assert len(built) == 1
    assert entry == cache.place("tool", version="1", key="k")
    assert entries() == ["tool-1-k"]


def test_two_threads_build_once() -> None:
    built: list[int] = []
    found: list[str] = []

    def build(folder: Path) -> None:
        built.append(1)
        time.sleep(0.2)
        (folder / "program").write_text("whole")

    def obtain() -> None:
        entry = cache.obtain("tool", version="1", key="k", build=build)
        found.append((entry / "program").read_text())

    threads = [threading.Thread(target=obtain) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built == [1]
    assert found == ["whole", "whole"]


def test_a_killed_run_leaves_no_entry_and_no_lock() -> None:
    program = (
        "import time; from ops.setup import cache\n"
        "def build(folder):\n"
        "    (folder / 'half').touch(); print('building', flush=True); time.sleep(60)\n"
        "cache.obtain('tool', version='1', key='k', build=build)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "building\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert "tool-1-k" not in entries()
    cache.obtain("tool", version="1", key="k", build=lambda folder: None)
    assert entries() == ["tool-1-k"], "the next run clears what the killed one left"


def test_a_link_is_replaced(tmp_path: Path) -> None:
    for version in ("1", "2"):
        program = tmp_path / version / "tool"
        program.parent.mkdir()
        program.write_text(version)
        cache.link(program, into=tmp_path / "bin")
    assert (tmp_path / "bin" / "tool").read_text() == "2"
    assert os.listdir(tmp_path / "bin") == ["tool"]


def test_the_key_follows_the_content(tmp_path: Path) -> None:
    source = tmp_path / "go.mod"
    source.write_text("one")
    before = cache.checksum([source])
    assert cache.checksum([source]) == before
    source.write_text("two")
    assert cache.checksum([source]) != before


def test_every_go_module_has_its_inputs() -> None:
    for module in ("cli", "language", "docker", "compose"):
        names = {path.name for path in cache.go_inputs(module)}
        assert {"go.mod", "go.sum"} <= names
    assert cache.bin_dir().parent == cache.root() / "bin"
