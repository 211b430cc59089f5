"""Every file that the resolver reads when a list of requirements is locked.

All of them are part of the lock's key and of the release's name: one that changes and is not
counted would silently not be shipped.
"""

import hashlib
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stacks.ignore_rules import files_of
from stacks.requirement_lines import lines_of

PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
ARCHIVES = (".whl", ".gz", ".zip", ".bz2")


def inputs_of(requirements: Path, *, project: Path) -> tuple[Path, ...]:
    """The list itself and all that it names, directly or not; `project` is the app's folder.

    A named file that does not exist is among them: the resolver says so, by its name.
    """
    found = _Found(project.resolve())
    found.take(Path(os.path.abspath(requirements)))
    return tuple(dict.fromkeys([*uv_settings(project), *found.files]))


def digest_of_inputs(requirements: Path, *, project: Path) -> str:
    """12 hex digits over the names (from the project's folder) and contents of all inputs."""
    digest = hashlib.sha256()
    for path in inputs_of(requirements, project=project):
        digest.update(os.path.relpath(path, project.resolve()).encode() + b"\0")
        content = path.read_bytes() if path.is_file() else b"missing"
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:12]


def uv_settings(project: Path) -> list[Path]:
    """The settings file of uv that counts in a folder: the nearest one, upwards."""
    for folder in (project.resolve(), *project.resolve().parents):
        if (folder / "uv.toml").is_file():
            return [folder / "uv.toml"]
        if "uv" in toml_of(folder / "pyproject.toml").get("tool", {}):
            return [folder / "pyproject.toml"]
    return []


class _Found:
    """What has been found so far, in order; nothing is looked at twice."""

    def __init__(self, project: Path) -> None:
        self.files: dict[Path, None] = {}
        self._project = project
        self._projects: set[Path] = set()

    def take(self, path: Path) -> None:
        """A file or a folder, and all that it names."""
        if path.is_dir():
            self._take_project(path)
        elif path not in self.files:
            self.files[path] = None
            if path.name in PROJECT_FILES:
                self._take_project(path.parent)
            elif path.is_file() and path.suffix not in ARCHIVES:
                self._take_named(path)

    def _take_named(self, path: Path) -> None:
        for line in lines_of(path.read_text(errors="replace")):
            # Paths of -r and -c start from the file; those of -e and ./ from the working folder.
            own = line.kind in ("include", "constraint")
            if target := line.path(path.parent if own else self._project):
                self.take(target)

    def _take_project(self, folder: Path) -> None:
        if folder in self._projects:
            return
        self._projects.add(folder)
        for path in (folder / name for name in PROJECT_FILES):
            if path.is_file():
                self.files[path] = None
        for path in _named_by(folder):
            self.take(path)


def _named_by(folder: Path) -> Iterator[Path]:
    """Files that the metadata of a project names; every file where that is unknown."""
    settings = toml_of(folder / "pyproject.toml")
    tool, declared = settings.get("tool", {}), settings.get("project")
    for source in _tables(tool.get("uv", {}).get("sources", {})):
        if isinstance(source.get("path"), str):
            yield folder / source["path"]
    dynamic = (declared or {}).get("dynamic", [])
    if declared is not None and not {"dependencies", "optional-dependencies"} & set(dynamic):
        return
    if declared is None and "poetry" in tool and not (folder / "setup.py").is_file():
        return  # the file itself says it all
    named = [folder / name for name in (*_setuptools(tool), *_hatch(tool))]
    yield from named
    if not named:
        # A build backend's own code decides, and may read anything.
        yield from files_of(folder)


def _setuptools(tool: dict[str, Any]) -> Iterator[str]:
    """Source: https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html"""
    dynamic = tool.get("setuptools", {}).get("dynamic", {})
    optional = dynamic.get("optional-dependencies", {})
    for place in (dynamic.get("dependencies"), *_tables(optional)):
        yield from _names(place.get("file") if isinstance(place, dict) else None)


def _hatch(tool: dict[str, Any]) -> Iterator[str]:
    """Source: https://github.com/repo-helper/hatch-requirements-txt"""
    hooks = tool.get("hatch", {}).get("metadata", {}).get("hooks", {}).get("requirements_txt", {})
    yield from _names(hooks.get("filename"))
    yield from _names(hooks.get("files"))
    for listed in hooks.get("optional-dependencies", {}).values():
        yield from _names(listed)


def _names(value: Any) -> list[str]:
    """A name or a list of names, as such files allow both."""
    found = [value] if isinstance(value, str) else value
    return [name for name in found or [] if isinstance(name, str)]


def _tables(value: Any) -> list[dict[str, Any]]:
    """The tables among the values of a table, in lists too."""
    each = value.values() if isinstance(value, dict) else []
    flat = [item for one in each for item in (one if isinstance(one, list) else [one])]
    return [item for item in flat if isinstance(item, dict)]


def toml_of(path: Path) -> dict[str, Any]:
    """What a file says; nothing where it is missing or broken, which the resolver reports."""
    try:
        return tomllib.loads(path.read_text())
    except (OSError, ValueError):
        return {}
