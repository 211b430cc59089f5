"""Which files of an app's folder are kept out of its image, and by which rule.

The folder's .dockerignore decides, by Docker's rules; where there is none, every .gitignore from
the repository's root down, by Git's. Some names always stay out.
"""

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Protocol

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from stacks import dockerignore

ALWAYS = (
    *(".git", ".hg", ".venv", "venv", ".env", ".upshift", ".tox", "node_modules"),
    *("__pycache__", "*.pyc", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".coverage"),
)


class Rules(Protocol):
    """Decides about the paths of one folder."""

    # Whether an excluded folder may contain an included file.
    can_include_again: bool

    def reason(self, path: PurePath, *, is_folder: bool) -> str:
        """The rule that excludes a path (relative to the folder); empty when it is included."""


def rules_of(folder: Path) -> Rules:
    """The rules of an app's folder."""
    path = folder / ".dockerignore"
    if path.is_file():
        return DockerRules(path.read_text())
    return GitRules(folder)


def reason_of(rules: Rules, path: PurePath, *, is_folder: bool = False) -> str:
    """Why a path (relative to the folder) is excluded; empty when it is included."""
    for name in path.parts:
        if any(fnmatchcase(name, pattern) for pattern in ALWAYS):
            return f"{name!r} is never in an image"
    return rules.reason(path, is_folder=is_folder)


def files_of(folder: Path) -> Iterator[Path]:
    """The files that an image contains, in order."""
    rules = rules_of(folder)
    found: list[Path] = []
    for root, folders, names in os.walk(folder):
        here = PurePath(root).relative_to(folder)
        folders[:] = [name for name in folders if _is_entered(rules, here / name)]
        found += [folder / here / name for name in names if not reason_of(rules, here / name)]
    yield from (path for path in sorted(found) if path.is_file())


def _is_entered(rules: Rules, path: PurePath) -> bool:
    """Whether a folder is looked into; one that is left out is, where a line takes in again."""
    if rules.can_include_again:
        return not any(fnmatchcase(path.name, pattern) for pattern in ALWAYS)
    return not reason_of(rules, path, is_folder=True)


class DockerRules:
    """Those of a .dockerignore."""

    def __init__(self, text: str) -> None:
        self._lines = dockerignore.parsed(text)
        self.can_include_again = any(line.is_include for line in self._lines)

    def reason(self, path: PurePath, *, is_folder: bool) -> str:
        """See Rules."""
        line = dockerignore.last_match(self._lines, path)
        return "" if line is None or line.is_include else f".dockerignore: {line.text}"


class GitRules:
    """Those of every .gitignore from the repository's root down; the deepest decides.

    What the repository ignores above an app's folder counts, unless that is the folder itself:
    then it was named on purpose. Files that Git tracks all the same are left out, too.
    """

    can_include_again = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        above = [self._folder, *self._folder.parents]
        self._root = next((path for path in above if (path / ".git").exists()), self._folder)
        if self._ignored_itself():
            self._root = self._folder

    def reason(self, path: PurePath, *, is_folder: bool) -> str:
        """See Rules."""
        for depth in range(1, len(path.parts) + 1):
            whole = depth < len(path.parts) or is_folder
            if found := self._decision(self._folder / Path(*path.parts[:depth]), is_folder=whole):
                return found
        return ""

    def _ignored_itself(self) -> bool:
        between = [self._folder, *self._folder.parents]
        inside = between[: between.index(self._root)]
        return any(self._decision(path, is_folder=True) for path in inside)

    def _decision(self, path: Path, *, is_folder: bool) -> str:
        """The rule of the deepest .gitignore that says something of this very path."""
        folder = path.parent
        while True:
            file = folder / ".gitignore"
            relative = path.relative_to(folder).as_posix() + ("/" if is_folder else "")
            for pattern in _patterns(file):
                if _is_exact(pattern, relative):
                    where = file.relative_to(self._root)
                    return f"{where}: {pattern.pattern!s}" if pattern.include else ""
            if folder == self._root:
                return ""
            folder = folder.parent


def _is_exact(pattern: GitIgnoreSpecPattern, path: str) -> bool:
    """Whether it matches the path itself, and not only a folder above it, checked before."""
    return any(
        found.groupdict().get("ps_d") is None or found.end() == len(path)
        for found in (pattern.regex.finditer(path) if pattern.regex else ())
    )


def _patterns(path: Path) -> tuple[GitIgnoreSpecPattern, ...]:
    """A .gitignore's patterns, the last first; none where there is no such file."""
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else ()


@lru_cache(maxsize=4096)
def _read(path: Path, _modified: int) -> tuple[GitIgnoreSpecPattern, ...]:
    lines = path.read_text().splitlines()
    found = [pattern for line in lines for pattern in _parsed(line)]
    return tuple(reversed(found))


def _parsed(line: str) -> list[GitIgnoreSpecPattern]:
    """None for a comment, and for a line that is no pattern, such as a lone `!`: as Git does."""
    try:
        pattern = GitIgnoreSpecPattern(line)
    except ValueError:
        return []
    return [] if pattern.include is None else [pattern]
