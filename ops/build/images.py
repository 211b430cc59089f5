"""Images by Docker's classic builder, from staged folders that hold just what goes in."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from ops.run import run, stream
from ops.setup.networks import Networks
from stacks.errors import BuildError, CommandError
from stacks.release import files_of
from stacks.topology import PROJECT
from stacks.versions import BASE_IMAGE, TOOLKIT

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


def stage(name: str, *, parts: Mapping[str, Path]) -> Path:
    """A fresh folder with the parts, each a file or a folder, under its name there.

    Copies, so that what is ignored stays behind.
    """
    folder = STAGING / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for target, source in parts.items():
        if source.is_file():
            shutil.copy(source, folder / target)
            continue
        for path in files_of(source):
            copied = folder / target / path.relative_to(source)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copied)
    return folder


def build(
    tag: str,
    *,
    context: Path,
    arguments: Mapping[str, str],
    on_line: Callable[[str], None],
    version: str = TOOLKIT,
) -> None:
    """Build one image, labelled with `version`. Raises BuildError with the last lines; the tag is not moved then."""
    mirror = Networks.from_environment().apt_mirror
    given = {"BASE": BASE_IMAGE, **arguments, **({"APT_MIRROR": mirror} if mirror else {})}
    labels = {
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.revision": revision(),
        "upshift.release": tag.split(":")[-1],
    }
    # A step that fails would else leave its container behind, and no label of ours tells whose.
    command = ["docker", "build", "--force-rm", "--tag", tag]
    command += [word for key, value in given.items() for word in ("--build-arg", f"{key}={value}")]
    command += [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]
    steps: list[str] = []

    def hear(line: str) -> None:
        if line.startswith("Step "):
            steps.append(line)
        on_line(line)

    try:
        # The classic builder is the one that every engine has; its steps need no front end.
        stream([*command, str(context)], on_line=hear, env={"DOCKER_BUILDKIT": "0"})
    except CommandError as error:
        raise BuildError(
            f"the image {tag} could not be built\n{error.message}",
            where=f"{steps[-1]} ({context})" if steps else str(context),
            hint="mend it and run the same again; the running release is untouched",
        ) from error
