"""Images by Docker's classic builder, from staged folders that hold just what goes in."""

import shutil
from collections import deque
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from ops.build import hints, secret_files
from ops.run import run, stream
from ops.setup.networks import Networks
from stacks.errors import BuildError, CommandError
from stacks.ignored import files_of
from stacks.release import COMMON
from stacks.topology import PROJECT
from stacks.versions import BASE_IMAGE, TOOLKIT

UNPROVEN = "-unproven"  # the tag's end until the image is proven to import
STAGING = PROJECT / ".upshift" / "build"


def exists(*tags: str) -> bool:
    """Whether the engine has all of these images."""
    return run(["docker", "image", "inspect", *tags], check=False).code == 0


def size(tag: str) -> int:
    """The image's size in bytes."""
    return int(run(["docker", "image", "inspect", "-f", "{{.Size}}", tag]).stdout)


def revision() -> str:
    """The source's revision, `unknown` outside of a git checkout."""
    done = run(["git", "-C", str(PROJECT), "rev-parse", "HEAD"], check=False)
    return done.stdout.strip() or "unknown"


def stage(name: str, *, parts: Mapping[str, Path], allowed: Collection[str] = ()) -> Path:
    """A fresh folder with the parts, each a file or a folder, under its name there.

    Copies, so that what is ignored stays behind. Raises BuildError when a file of a folder looks
    like a secret and is not `allowed`.
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
    """A fresh folder for an image of ours: its own folder in docker/, and what all share."""
    recipes = PROJECT / "docker"
    secret_files.refuse(recipes / name)
    files = [*files_of(recipes / name), *files_of(recipes / COMMON)]
    return stage(name, parts={path.name: path for path in files})


def rename(tag: str, *, to: str) -> None:
    """Give an image another tag in place of its own."""
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

    Raises BuildError with the last lines; the tag is not moved then.
    """
    # By its name alone: the value comes from the environment, and no process list shows it.
    mirror = Networks.from_environment().apt_build_environment()
    given = {"BASE": BASE_IMAGE, **arguments}
    labels = {
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.revision": revision(),
        "upshift.release": tag.split(":")[-1].removesuffix(UNPROVEN),
    }
    # A step that fails would else leave its container behind, and no label of ours tells whose.
    command = ["docker", "build", "--force-rm", "--tag", tag]
    command += [word for key, value in given.items() for word in ("--build-arg", f"{key}={value}")]
    command += [word for key in mirror for word in ("--build-arg", key)]
    command += [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]
    steps: list[str] = []
    said: deque[str] = deque(maxlen=400)

    def hear(line: str) -> None:
        said.append(line)
        if line.startswith("Step "):
            steps.append(line)
        on_line(line)

    try:
        # The classic builder is the one that every engine has; its steps need no front end.
        stream([*command, str(context)], on_line=hear, env={"DOCKER_BUILDKIT": "0", **mirror})
    except CommandError as error:
        raise BuildError(
            f"the image {tag} could not be built\n{error.message}",
            where=f"{steps[-1]} ({context})" if steps else str(context),
            hint=hints.for_output("\n".join(said))
            or "correct it and run the same again; the running release is untouched",
        ) from error
