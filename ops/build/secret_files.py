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
        "files that look like a secret would go into the image, where everyone who has it can"
        " read them:\n" + "\n".join(lines),
        where=str(folder),
        hint=f"leave them out by a line in {folder.name}/.dockerignore (/{first}); what the project"
        " needs of them: ops secret set; is it no secret?"
        f" topology.app.allow_files: [{first}]",
    )
