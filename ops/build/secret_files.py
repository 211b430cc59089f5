"""No file that looks like a secret goes into an image, unless it is allowed by name."""

from collections.abc import Collection
from pathlib import Path

from stacks.errors import BuildError
from stacks.ignore_rules import files_of
from stacks.secret_files import secret_files

SHOWN = 10


def refuse(folder: Path, *, allowed: Collection[str] = ()) -> None:
    """Raise BuildError naming each such file of a folder, and how to allow it."""
    files = [path.relative_to(folder) for path in files_of(folder)]
    found = secret_files(files, folder=folder, allowed=allowed)
    if not found:
        return
    lines = [f"  {path}: {reason}" for path, reason in list(found.items())[:SHOWN]]
    if len(found) > SHOWN:
        lines.append(f"  and {len(found) - SHOWN} more")
    first = next(iter(found))
    raise BuildError(
        "files that look like secrets would be in the image, readable by everyone who has it:\n"
        + "\n".join(lines),
        where=str(folder),
        hint=f"exclude them by a line in {folder.name}/.dockerignore (/{first}); secrets that"
        " the project needs: ops secret set; if it is not a secret:"
        f" topology.app.allow_files: [{first}]",
    )
