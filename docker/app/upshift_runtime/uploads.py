"""Uploads that a request has left behind, since its worker was killed in the middle of it."""

import tempfile
import time
from pathlib import Path

PATTERN = "tmp*.upload*"  # django.core.files.uploadedfile.TemporaryUploadedFile
OLD_SECONDS = 3600.0  # no request takes so long


def remove_uploads(*, older_than_seconds: float = 0.0) -> list[Path]:
    """Remove Django's temporary uploads of at least that age; returns what was removed."""
    removed = []
    for path in Path(tempfile.gettempdir()).glob(PATTERN):
        try:
            if time.time() - path.stat().st_mtime >= older_than_seconds:
                path.unlink()
                removed.append(path)
        except FileNotFoundError:
            continue  # its own request was faster
    return removed
