"""Build images with Docker's classic builder, from staged folders that hold only their content."""

import shutil
from collections import deque
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from ops.build import hints, secret_files
from ops.run import run, stream
from ops.setup.networks import Networks
from stacks.errors import BuildError, CommandError
from stacks.ignore_rules import files_of
from stacks.release import COMMON
from stacks.topology import PROJECT
from stacks.versions import BASE_IMAGE, TOOLKIT

UNVERIFIED = "-unverified"  # the tag's suffix until the import check has passed
STAGING = PROJECT / ".upshift" / "build"


def exists(*tags: str) -> bool:
    """Whether the engine has all of these images."""
    return run(["docker", "image", "inspect", *tags], check=False).code == 0


def size(tag: str) -> int:
    """The image's size in bytes."""
    return int(run(["docker", "image", "inspect", "-f", "{{.Size}}", tag]).stdout)


def revision() -> str:
    """The commit of the source; `unknown` outside of a git checkout."""
    done = run(["git", "-C", str(PROJECT), "rev-parse", "HEAD"], check=False)
    return done.stdout.strip() or "unknown"


def stage(name: str, *, parts: Mapping[str, Path], allowed: Collection[str] = ()) -> Path:
    """A new folder with copies of the parts (files or folders) under these names.

    Ignored files are not copied. Raises BuildError when a file of a folder looks like a secret and
    is not `allowed`.
    """
    for source in parts.values():
        if source.is_dir():
            secret_files.refuse(source, allowed=allowed)
    folder = STAGING / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for target, source in parts.items():
        if source.is_file():
            shutil.copy(source, folder / target)
            continue
        (folder / target).mkdir(parents=True, exist_ok=True)
        for path in files_of(source):
            copied = folder / target / path.relative_to(source)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copied)
    return folder


def stage_recipe(name: str) -> Path:
    """A new folder for one of our own images: its folder in docker/, and docker/common."""
    recipes = PROJECT / "docker"
    secret_files.refuse(recipes / name)
    files = [*files_of(recipes / name), *files_of(recipes / COMMON)]
    return stage(name, parts={path.name: path for path in files})


def rename(tag: str, *, to: str) -> None:
    """Replace an image's tag by another."""
    run(["docker", "tag", tag, to])
    run(["docker", "image", "rm", tag])


def build(
    tag: str,
    *,
    context: Path,
    arguments: Mapping[str, str],
    on_line: Callable[[str], None],
    version: str = TOOLKIT,
) -> None:
    """Build one image, labelled with `version`.

    Raises BuildError with the last lines of output; then the tag is unchanged.
    """
    # By name only: the value comes from the environment, so that no process list shows it.
    mirror = Networks.from_environment().apt_build_environment()
    build_arguments = {"BASE": BASE_IMAGE, **arguments}
    # Without --force-rm a failed step leaves its container behind, with no label of ours.
    command = ["docker", "build", "--force-rm", "--tag", tag]
    command += _options("--build-arg", build_arguments)
    command += [word for key in mirror for word in ("--build-arg", key)]
    command += _options("--label", _labels(tag, version=version))
    steps: list[str] = []
    output: deque[str] = deque(maxlen=400)

    def report(line: str) -> None:
        output.append(line)
        if line.startswith("Step "):
            steps.append(line)
        on_line(line)

    try:
        # Every engine has the classic builder, and its steps need no front end to download.
        stream([*command, str(context)], on_line=report, env={"DOCKER_BUILDKIT": "0", **mirror})
    except CommandError as error:
        raise BuildError(
            f"the image {tag} could not be built\n{error.message}",
            where=f"{steps[-1]} ({context})" if steps else str(context),
            hint=hints.for_output("\n".join(output))
            or "fix the cause and run the same command again; the running release is unchanged",
        ) from error


def _labels(tag: str, *, version: str) -> dict[str, str]:
    return {
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.revision": revision(),
        "upshift.release": tag.split(":")[-1].removesuffix(UNVERIFIED),
    }


def _options(name: str, values: Mapping[str, str]) -> list[str]:
    return [word for key, value in values.items() for word in (name, f"{key}={value}")]
