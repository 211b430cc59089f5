"""The per-user cache: complete entries only, shared by all checkouts and runs."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from stacks import versions

GO_MODULES = Path(__file__).resolve().parents[2] / "infra" / "go"


def root() -> Path:
    """The cache folder of this user, made when needed."""
    base = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(base) if base else Path.home() / ".cache") / "upshift"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def go_inputs(module: str) -> list[Path]:
    """The files that decide what a Go module of ours builds."""
    folder = GO_MODULES / module
    return sorted(path for path in folder.iterdir() if path.suffix in {".go", ".mod", ".sum"})


def checksum(paths: Sequence[Path]) -> str:
    """Twelve digits that change with any of these files."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.parent.name}/{path.name}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def bin_dir() -> Path:
    """The folder for PATH: links to the tools, apart for each set of versions and sources."""
    inputs = [path for module in ("cli", "language", "docker") for path in go_inputs(module)]
    return root() / "bin" / f"{versions.PULUMI}-{versions.PULUMI_DOCKER}-{checksum(inputs)}"


def place(name: str, *, version: str, key: str) -> Path:
    """The entry's folder; it may not exist yet."""
    return root() / "entries" / f"{name}-{version}-{key}"


@contextmanager
def lock(name: str) -> Iterator[None]:
    """One run, or thread, at a time; the system releases it when its holder is killed."""
    folder = root() / "locks"
    folder.mkdir(exist_ok=True)
    with FileLock(folder / f"{name}.lock"):
        yield


def obtain(name: str, *, version: str, key: str, build: Callable[[Path], None]) -> Path:
    """The entry; when missing, `build` fills an empty folder, which is then renamed into place."""
    target = place(name, version=version, key=key)
    if target.is_dir():
        touch(target)
        return target
    with lock(target.name):
        if target.is_dir():
            return target
        target.parent.mkdir(exist_ok=True)
        # Created under the lock only: an existing one was left by a killed run.
        for leftover in target.parent.glob(f".{target.name}.*"):
            shutil.rmtree(leftover)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            build(fresh)
            fresh.chmod(0o755)
            fresh.rename(target)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
    return target


def touch(folder: Path) -> None:
    """Record its use; `ops setup --prune` removes what has not been used for long."""
    try:
        os.utime(folder)
    except OSError:
        return  # missing, or of another user, whose entries are not removed


def link(program: Path, *, into: Path) -> Path:
    """Link `program` into a folder, replacing an older link atomically."""
    into.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mktemp(prefix=f".{program.name}.", dir=into))
    fresh.symlink_to(program)
    return fresh.replace(into / program.name)


def write_whole(target: Path, *, content: bytes) -> None:
    """Write a file atomically."""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    Path(name).replace(target)
