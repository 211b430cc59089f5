"""The lock of a release: every requirement with its version and its hashes.

A list that has them is used as it is; any other is locked once and kept in the cache, under a key
of every file that the resolver reads.
"""

import hashlib
import platform
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ops.build import hints, indexes
from ops.run import run
from ops.setup import cache
from stacks.errors import BuildError, CommandError
from stacks.requirement_files import digest_of_inputs
from stacks.requirement_lines import Line, lines_of
from stacks.versions import SERVICE_PYTHON

ONLY_WHEELS = ("--only-binary=:all:",)
NAME = "requirements.lock"
SECONDS = 600
VERSION_CONTROL = ("git+", "hg+", "svn+", "bzr+")


def locked(requirements: Path, *, project: Path) -> Path:
    """The file itself when it is a whole lock; else (a list, a pyproject.toml) its lock.

    `project` is the app's folder. The same list gives the same release ever after. Raises
    BuildError when the list cannot be locked.
    """
    _refuse_remote(requirements)
    lines = list(_all_lines(requirements))
    is_lock = any(line.is_hashed for line in lines)
    if is_lock and _is_plain(requirements, lines=lines):
        return requirements

    def make(folder: Path) -> None:
        if is_lock:  # of several files, or with the project itself among its lines
            made = lines
        else:
            _compile(requirements, project=project, folder=folder)
            made = list(lines_of((folder / NAME).read_text()))
        kept = [line for line in made if not _is_own(line, project=project)]
        refuse_without_hash(kept, requirements=requirements)
        (folder / NAME).write_text("".join(f"{line.text}\n" for line in kept))

    key = f"{digest_of_inputs(requirements, project=project)}-{_name_key(requirements)}"
    return cache.obtain("lock", version=SERVICE_PYTHON, key=key, build=make) / NAME


def refuse_without_hash(lines: Sequence[Line], *, requirements: Path) -> None:
    """Raise BuildError for the first line that pip could not check, with what to do about it."""
    for line in lines:
        if line.kind in ("requirement", "editable") and not line.is_hashed:
            raise BuildError(
                f"{requirements.name}: {line.text}: {_why_without_hash(line)}",
                where=str(requirements),
                hint=_instead(line),
            )


def _why_without_hash(line: Line) -> str:
    if line.target.startswith(VERSION_CONTROL):
        return "a repository has no hash, so the release cannot be verified"
    if line.target:
        return "a folder has no hash, so the release cannot be verified"
    return "this line has no hash, and the others have"


def _instead(line: Line) -> str:
    if line.target.startswith(VERSION_CONTROL):
        name = line.text.partition("@")[0].strip() if " @" in line.text else "NAME"
        return (
            f"use the archive of a commit: {name} @ https://…/archive/COMMIT.tar.gz"
            " (GitHub and GitLab provide them), or publish a wheel on your index"
        )
    if line.target:
        return "publish a wheel on your index, or add the package to the app's folder"
    return "lock all requirements: uv pip compile --generate-hashes"


def _compile(requirements: Path, *, project: Path, folder: Path) -> None:
    """Lock the list by uv; packages with wheels only are tried first, since sources are run."""
    environment = indexes.for_uv(project)
    target = ["--python-version", SERVICE_PYTHON]
    target += ["--python-platform", f"{platform.machine()}-unknown-linux-gnu"]
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--no-header"]
    to = ["--output-file", str(folder / NAME), str(requirements)]
    try:
        try:
            only = [*uv, "--generate-hashes", *ONLY_WHEELS, *target, *to]
            run(only, env=environment, timeout=SECONDS, cwd=project)
        except CommandError:
            anything = [*uv, "--generate-hashes", *target, *to]
            run(anything, env=environment, timeout=SECONDS, cwd=project)
    except CommandError as error:
        raise BuildError(
            f"{requirements.name} has no hashes, and could not be locked:\n{error.message}",
            where=str(requirements),
            hint=hints.for_output(error.message)
            or "correct the requirements, or lock them: uv pip compile --generate-hashes",
        ) from error


def _all_lines(requirements: Path, *, above: tuple[Path, ...] = ()) -> Iterator[Line]:
    """The lines of a list and of those that it includes; a constraint adds nothing to a lock."""
    if requirements.name == "pyproject.toml" or requirements in above:
        return
    for line in lines_of(requirements.read_text()):
        included = line.path(requirements.parent) if line.kind == "include" else None
        if included and included.is_file():
            yield from _all_lines(included, above=(*above, requirements))
        elif line.kind not in ("include", "constraint"):
            yield line


def _is_plain(requirements: Path, *, lines: Sequence[Line]) -> bool:
    """Whether pip can use the file as it is: one file, and a hash on each line."""
    own = [line for line in lines_of(requirements.read_text()) if line.kind != "option"]
    return own == [line for line in lines if line.kind != "option"] and all(
        line.is_hashed for line in own
    )


def _is_own(line: Line, *, project: Path) -> bool:
    """Whether it is the project itself (`-e .`): its files are in the image anyway."""
    return line.kind in ("editable", "requirement") and line.path(project) == project.resolve()


def _refuse_remote(requirements: Path) -> None:
    if requirements.name == "pyproject.toml":
        return
    for line in lines_of(requirements.read_text()):
        if line.kind in ("include", "constraint") and line.is_remote:
            raise BuildError(
                f"{requirements.name}: {line.text}: the content of a URL may change unnoticed",
                where=str(requirements),
                hint="copy that file beside this one, and name the copy",
            )


def _name_key(requirements: Path) -> str:
    return hashlib.sha256(requirements.name.encode()).hexdigest()[:4]
