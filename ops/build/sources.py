"""Packages that offer no wheel: what building their sources takes."""

import tarfile
import tomllib
from pathlib import Path, PurePath

# What PEP 518 says of a source archive that says nothing itself.
DEFAULT = ("setuptools>=40.8", "wheel")
# Debian's, for the build stage of the image only.
COMPILER = ("gcc", "libc6-dev", "python3-dev")


def found(folder: Path) -> list[Path]:
    """The source archives in a folder of wheels."""
    return sorted(path for path in folder.glob("*") if path.suffix in {".gz", ".zip", ".bz2"})


def requirements(archive: Path) -> tuple[str, ...]:
    """What building an archive takes, as its pyproject.toml says (PEP 518)."""
    if not tarfile.is_tarfile(archive):
        return DEFAULT
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file and PurePath(member.name).parts[1:] == ("pyproject.toml",):
                build_system = tomllib.loads(file.read().decode()).get("build-system", {})
                return tuple(build_system.get("requires", DEFAULT))
    return DEFAULT
