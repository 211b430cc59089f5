"""What of an app's folder stays out of its image: caches, environments, and what it says itself."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

ALWAYS = (
    *(".git", ".hg", ".venv", "venv", ".env", ".upshift", ".tox", "node_modules"),
    *("__pycache__", "*.pyc", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".coverage"),
)


@dataclass(frozen=True)
class Patterns:
    """Lines as in .gitignore; the last that matches decides, and `!` takes in again.

    `*` also matches a slash, so `**` needs no rule of its own.
    """

    lines: tuple[str, ...]

    def leave_out(self, path: PurePath) -> bool:
        """Whether a file or folder (relative to the app's) stays out."""
        if any(fnmatchcase(path.name, pattern) for pattern in ALWAYS):
            return True
        out = False
        for line in self.lines:
            if _matches(path, line.removeprefix("!")):
                out = not line.startswith("!")
        return out


def patterns_of(folder: Path) -> Patterns:
    """Those of the folder's .dockerignore, or where there is none of its .gitignore."""
    for name in (".dockerignore", ".gitignore"):
        if (folder / name).is_file():
            lines = (line.strip() for line in (folder / name).read_text().splitlines())
            return Patterns(tuple(line for line in lines if line and not line.startswith("#")))
    return Patterns(())


def _matches(path: PurePath, pattern: str) -> bool:
    pattern = pattern.rstrip("/").removeprefix("**/")
    if "/" in pattern:
        return fnmatchcase(str(path), pattern.removeprefix("/"))
    return fnmatchcase(path.name, pattern)
