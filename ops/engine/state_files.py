"""Pulumi's state files in a folder: detect and repair damage by a kill, a full disk or an edit.

Pulumi writes the state atomically (a new file, then a rename), but not the `.attrs` file beside it,
which holds a media type and a checksum. After a kill the `.attrs` file may be empty, and Pulumi
then fails with "failed to load checkpoint: EOF" (or `read ".pulumi/meta.yaml": EOF`, for the
backend's own file); without an `.attrs` file it works. For a truncated state Pulumi says
"unexpected end of JSON input" and does not name the file; `.bak` is the state before the last
write.
"""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stacks.errors import PreflightError

FILE = "file://"


@dataclass(frozen=True)
class Backup:
    """A readable state: when it was written (UTC), and how many resources it holds."""

    path: Path
    written: str
    resources: int

    def __str__(self) -> str:
        return f"{self.path} (of {self.written}, {self.resources} resources)"


def folder_of(url: str) -> Path:
    """The folder of a backend. Raises PreflightError for a backend of another kind."""
    if not url.startswith(FILE):
        raise PreflightError(
            "the state is not in a local folder",
            where=f"{url.partition(':')[0]}: set by UPSHIFT_BACKEND",
            hint="restore it there: Pulumi keeps <stack>.json.bak beside it, and .pulumi/backups",
        )
    return Path(url.removeprefix(FILE)).expanduser()


def remove_broken_attributes(stack: str, *, folder: Path) -> list[Path]:
    """Remove unreadable `.attrs` files, and return them. Only while no run works on the stack."""
    pulumi = folder / ".pulumi"
    beside = [*pulumi.glob("meta.yaml.attrs"), *pulumi.glob(f"stacks/*/{stack}.json*.attrs")]
    broken = [path for path in sorted(beside) if not _is_readable(path)]
    for path in broken:
        path.unlink(missing_ok=True)
    return broken


def require_readable(stack: str, *, folder: Path) -> None:
    """Raise PreflightError, naming the file and its backup, when the state cannot be read."""
    for path in _states(stack, folder=folder):
        if _read(path) is None:
            raise _corrupt(path, stack=stack, found=backup(path, stack=stack, folder=folder))


def restore(stack: str, *, folder: Path, confirm: Callable[[str], None]) -> Path:
    """Replace a corrupt state by its backup; returns where the corrupt one is kept.

    `confirm` gets a description of the change, and raises to refuse it. Raises PreflightError when
    the state is readable, or has no backup.
    """
    corrupt = [path for path in _states(stack, folder=folder) if _read(path) is None]
    if not corrupt:
        raise PreflightError(
            f"the state of '{stack}' can be read: there is nothing to restore",
            where=str(folder),
            hint=f"pulumi stack history --stack {stack} lists the updates",
        )
    (path,) = corrupt
    found = backup(path, stack=stack, folder=folder)
    if found is None:
        raise _corrupt(path, stack=stack, found=None)
    confirm(f"replace {path} by {found}")
    now = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
    kept = path.with_name(f"{stack}.broken-{now}")
    path.rename(kept)
    path.with_name(f"{path.name}.attrs").unlink(missing_ok=True)
    fresh = path.with_name(f"{stack}.restored-{now}")
    fresh.write_bytes(found.path.read_bytes())
    fresh.chmod(0o600)
    fresh.rename(path)
    return kept


def remove_corrupt_copies(stack: str, *, folder: Path) -> None:
    """Remove the corrupt states that were kept: they hold secrets, encrypted."""
    states = folder / ".pulumi" / "stacks"
    for kept in (
        f"*/{stack}.broken-[0-9]*",
        f"*/{stack}.restored-[0-9]*",
        f"*/{stack}.json.broken",
    ):
        for path in states.glob(kept):
            path.unlink(missing_ok=True)


def backup(path: Path, *, stack: str, folder: Path) -> Backup | None:
    """The newest readable copy of a state: its `.bak`, else one of Pulumi's own backups."""
    kept = folder / ".pulumi" / "backups" / path.parent.name / stack
    older = sorted(kept.glob(f"{stack}.*.json"), reverse=True)
    for candidate in (path.with_name(f"{path.name}.bak"), *older):
        if found := _read(candidate):
            return found
    return None


def _corrupt(path: Path, *, stack: str, found: Backup | None) -> PreflightError:
    size = path.stat().st_size if path.exists() else 0
    what = f"the state of '{stack}' is corrupt: the file is truncated or is not JSON ({size} bytes)"
    if found is None:
        hint = "restore it from your own copy; there is no readable backup beside it"
        return PreflightError(f"{what}; nothing was changed", where=str(path), hint=hint)
    by_hand = f"mv {path} {path}.broken; rm -f {path}.attrs; cp {found.path} {path}"
    return PreflightError(
        f"{what}; nothing was changed\n  a readable backup exists: {found}",
        where=str(path),
        hint=f"ops state restore {stack}, or by hand: {by_hand}; then ops up {stack}",
    )


def _states(stack: str, *, folder: Path) -> list[Path]:
    """The stack's state file; none for an unknown stack."""
    return sorted((folder / ".pulumi" / "stacks").glob(f"*/{stack}.json"))


def _read(path: Path) -> Backup | None:
    """The time and size of a state; None when it is missing or cannot be read."""
    try:
        latest = json.loads(path.read_bytes())["checkpoint"]["latest"] or {}
        written = str(latest.get("manifest", {}).get("time", "?"))[:19].replace("T", " ")
        return Backup(path, f"{written} UTC", len(latest.get("resources") or ()))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _is_readable(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_bytes()), dict)
    except ValueError:
        return False
