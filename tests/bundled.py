"""The bundled service as a project of the user's: a test's own copy of it."""

from pathlib import Path
from typing import Any

from stacks.topology.app import App


def bundled_app(folder: Path) -> dict[str, Any]:
    """`app` of a stack's file for a copy in `folder`, which inherits nothing: all is given."""
    return {**App().model_dump(mode="json"), "path": str(folder)}
