"""Pulumi's state in a folder: what a kill, a full disk or a hand has left of it.

Pulumi's storage writes the state itself whole (another file that takes its name), but not the
`.attrs` beside it, a media type and a checksum. After a kill that one may be empty, and then the
state is not read: "failed to load checkpoint: EOF" (or `read ".pulumi/meta.yaml": EOF`, of the
backend's own file). Without one, it is. A state that is cut short
Pulumi calls "unexpected end of JSON input", and does not name; `.bak` is the one before it: Pulumi
copies the state there before each write.
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
    """A state that can be read: when it was written (UTC), and how many resources it holds."""

    path: Path
    written: str
    resources: int

    def __str__(self) -> str:
        return f"{self.path} (of {self.written}, {self.resources} resources)"


def folder_of(place: str) -> Path:
    """The folder of a backend. Raises PreflightError for one that is no folder of this machine."""
    if not place.startswith(FILE):
        raise PreflightError(
            "the state is not in a folder of this machine",
            where=f"{place.partition(':')[0]}: as UPSHIFT_BACKEND names it",
            hint="restore it there: Pulumi keeps <stack>.json.bak beside it, and .pulumi/backups",
        )
    return Path(place.removeprefix(FILE)).expanduser()


def mend(stack: str, *, folder: Path) -> list[Path]:
    """Take half-written attributes away, and return them. Ask only while no run works on it."""
    pulumi = folder / ".pulumi"
    beside = [*pulumi.glob("meta.yaml.attrs"), *pulumi.glob(f"stacks/*/{stack}.json*.attrs")]
    broken = [path for path in sorted(beside) if not _is_readable(path)]
    for path in broken:
        path.unlink(missing_ok=True)
    return broken


def demand_readable(stack: str, *, folder: Path) -> None:
    """Raise PreflightError, naming the file and its backup, when the state cannot be read."""
    for path in _states(stack, folder=folder):
        if _read(path) is None:
            raise _broken(path, stack=stack, found=backup(path, stack=stack, folder=folder))


def restore(stack: str, *, folder: Path, agreed: Callable[[str], None]) -> Path:
    """Put the backup in the broken state's place; returns where the broken one is kept.

    `agreed` is told what will be done, and raises if not. Raises PreflightError when the state is
    whole, or there is no backup.
    """
    broken = [path for path in _states(stack, folder=folder) if _read(path) is None]
    if not broken:
        raise PreflightError(
            f"the state of '{stack}' can be read: there is nothing to restore",
            where=str(folder),
            hint=f"pulumi stack history --stack {stack} tells what was done to it",
        )
    (path,) = broken
    found = backup(path, stack=stack, folder=folder)
    if found is None:
        raise _broken(path, stack=stack, found=None)
    agreed(f"put {found} in the place of {path}")
    now = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
    kept = path.with_name(f"{stack}.broken-{now}")
    path.rename(kept)
    path.with_name(f"{path.name}.attrs").unlink(missing_ok=True)
    fresh = path.with_name(f"{stack}.restored-{now}")
    fresh.write_bytes(found.path.read_bytes())
    fresh.chmod(0o600)
    fresh.rename(path)
    return kept


def forget_broken(stack: str, *, folder: Path) -> None:
    """Remove the broken states that were kept: they hold secrets, encrypted, as whole ones do."""
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


def _broken(path: Path, *, stack: str, found: Backup | None) -> PreflightError:
    size = path.stat().st_size if path.exists() else 0
    what = (
        f"the state of '{stack}' is broken: the file ends too early, or is no JSON ({size} bytes)"
    )
    if found is None:
        hint = "bring it back from your own copy; there is no readable backup beside it"
        return PreflightError(f"{what}; nothing was changed", where=str(path), hint=hint)
    by_hand = f"mv {path} {path}.broken; rm -f {path}.attrs; cp {found.path} {path}"
    return PreflightError(
        f"{what}; nothing was changed\n  its backup can be read: {found}",
        where=str(path),
        hint=f"ops state restore {stack}, or by hand: {by_hand}; then ops up {stack}",
    )


def _states(stack: str, *, folder: Path) -> list[Path]:
    """Where the stack's state is; a stack that is not known has none."""
    return sorted((folder / ".pulumi" / "stacks").glob(f"*/{stack}.json"))


def _read(path: Path) -> Backup | None:
    """When a state was written, and what it holds; None when it is not there or cannot be read."""
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
