"""What no version of Upshift has used for long is taken out of the user's cache."""

import shutil
import time
from pathlib import Path

from filelock import FileLock, Timeout

from ops.setup import cache

KEEP_DAYS = 60
_DAY = 86400


def prune(*, days: float = KEEP_DAYS) -> list[str]:
    """Remove old folders for PATH, and entries that neither a folder that stays nor a build uses.

    A use is seen by the time of the folder or entry, which each run renews (see `cache.touch`).
    What another run just makes is left alone. Returns the names of what was removed.
    """
    before = time.time() - days * _DAY
    removed: list[str] = []
    for half in (cache.root() / "entries").glob(".*.pruned"):  # of a run that was killed here
        shutil.rmtree(half, ignore_errors=True)
    for folder in _folders(cache.root() / "bin"):
        if folder != cache.bin_dir() and _untouched(folder, before=before):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder.name)
    linked = {
        link.resolve().parent
        for folder in _folders(cache.root() / "bin")
        for link in folder.iterdir()
    }
    for entry in _folders(cache.root() / "entries"):
        if entry.resolve() not in linked and _untouched(entry, before=before) and _remove(entry):
            removed.append(entry.name)
    return removed


def _folders(place: Path) -> list[Path]:
    if not place.is_dir():
        return []
    return sorted(path for path in place.iterdir() if path.is_dir() and path.name[0] != ".")


def _untouched(path: Path, *, before: float) -> bool:
    return path.stat().st_mtime < before


def _remove(entry: Path) -> bool:
    """Under the lock of the entry, and first out of sight: nobody ever finds half of it."""
    try:
        with FileLock(cache.root() / "locks" / f"{entry.name}.lock", timeout=0):
            gone = entry.with_name(f".{entry.name}.pruned")
            entry.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
    except Timeout:
        return False
    return True
