"""Remove from the user's cache what no version of Upshift has used for long."""

import shutil
import time
from pathlib import Path

from filelock import FileLock, Timeout

from ops.setup import cache

KEEP_DAYS = 60
_DAY = 86400


def prune(*, days: float = KEEP_DAYS) -> list[str]:
    """Remove old folders for PATH, and entries that no remaining folder and no build uses.

    Each run updates the timestamps of what it uses (see `cache.touch`). Entries that another run is
    creating are kept. Returns the names of what was removed.
    """
    before = time.time() - days * _DAY
    removed: list[str] = []
    for half in (cache.root() / "entries").glob(".*.pruned"):  # left by a killed run
        shutil.rmtree(half, ignore_errors=True)
    for folder in _folders(cache.root() / "bin"):
        if folder != cache.bin_dir() and _is_unused(folder, before=before):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder.name)
    linked = {
        link.resolve().parent
        for folder in _folders(cache.root() / "bin")
        for link in folder.iterdir()
    }
    for entry in _folders(cache.root() / "entries"):
        if entry.resolve() not in linked and _is_unused(entry, before=before) and _remove(entry):
            removed.append(entry.name)
    return removed


def _folders(place: Path) -> list[Path]:
    if not place.is_dir():
        return []
    return sorted(path for path in place.iterdir() if path.is_dir() and path.name[0] != ".")


def _is_unused(path: Path, *, before: float) -> bool:
    return path.stat().st_mtime < before


def _remove(entry: Path) -> bool:
    """Remove an entry under its lock, after a rename: no run finds a part of it."""
    try:
        with FileLock(cache.root() / "locks" / f"{entry.name}.lock", timeout=0):
            gone = entry.with_name(f".{entry.name}.pruned")
            entry.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
    except Timeout:
        return False
    return True
