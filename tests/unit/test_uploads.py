"""What a killed worker leaves in the volume of uploads is removed, and nothing else is."""

import os
import tempfile
import time
from pathlib import Path

import pytest
from upshift_runtime import gunicorn_hooks
from upshift_runtime.uploads import OLD_SECONDS, remove_uploads

NAMES = ("tmpabc.upload", "tmpdef.upload.pdf", "tmpghi.txt", "kept.upload")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, with uploads and other files in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in NAMES:
        (tmp_path / name).write_text("x")
    return tmp_path


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_start_removes_every_upload(folder: Path) -> None:
    assert {path.name for path in remove_uploads()} == set(NAMES[:2])
    assert left(folder) == set(NAMES[2:])


def test_a_workers_end_removes_only_what_no_request_can_need(folder: Path) -> None:
    before = time.time() - OLD_SECONDS - 1
    os.utime(folder / NAMES[0], (before, before))
    gunicorn_hooks.child_exit(None, None)
    assert left(folder) == set(NAMES[1:])
