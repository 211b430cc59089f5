"""`ops build`: build the release once: wheels locked by hash, and the images from them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ops.build import images, import_check, secret_files, sources, wheels
from ops.build.compose import stage_compose as stage_compose  # noqa: F401
from ops.build.locks import locked
from ops.setup import cache
from stacks.errors import BuildError
from stacks.project_version import project_version
from stacks.release import COMMON, IMAGES, app_path, image_tags, is_current, release_id
from stacks.topology import PROJECT, Topology

OnLine = Callable[[str], None]
APP_RECIPE = PROJECT / "docker" / "app" / "Dockerfile"
APP_RUNTIME = PROJECT / "docker" / "app" / "upshift_runtime"


@dataclass(frozen=True)
class Release:
    """The release: its id, each image's tag and size in bytes, and the images that were built."""

    id: str
    images: dict[str, str]
    sizes: dict[str, int]
    built: tuple[str, ...]


def missing(topology: Topology) -> bool:
    """Whether an image of the release has to be built."""
    return not images.exists(*image_tags(topology).values())


def release(topology: Topology, *, on_line: OnLine) -> Release:
    """Build the missing images of a release, in parallel.

    Raises BuildError before anything is built when a file of the app looks like a secret.
    """
    secret_files.refuse(app_path(topology), allowed=topology.app.allow_files)
    tags = image_tags(topology)
    with cache.lock("build"), ThreadPoolExecutor(max_workers=len(tags)) as pool:
        absent = [name for name, tag in tags.items() if not images.exists(tag)]
        running = [
            pool.submit(_build, name, topology=topology, tag=tags[name], on_line=on_line)
            for name in absent
        ]
        for task in running:
            task.result()
    sizes = {name: images.size(tag) for name, tag in tags.items()}
    return Release(id=release_id(topology), images=tags, sizes=sizes, built=tuple(absent))


def _build(name: str, *, topology: Topology, tag: str, on_line: OnLine) -> None:
    def say(line: str) -> None:
        on_line(f"{name}: {line}")

    if name in IMAGES:
        images.build(tag, context=images.stage_recipe(name), arguments={}, on_line=say)
        return
    context = _stage_app(topology, name=f"app-{topology.stack}", locks=[topology.app.requirements])
    if not is_current(topology):
        raise BuildError(
            f"the sources changed while they were read for the release {release_id(topology)}",
            where=str(app_path(topology)),
            hint="run the same command again; nothing was changed",
        )
    arguments = {"REQUIREMENTS": Path(topology.app.requirements).name}
    if topology.app.packages:
        arguments["PACKAGES"] = " ".join(topology.app.packages)
    if sources.found(context / "wheels"):
        arguments["BUILD_PACKAGES"] = " ".join([*sources.COMPILER, *topology.app.build_packages])
    # It gets its own tag last: an image with that tag has passed the import check.
    unverified = f"{tag}{images.UNVERIFIED}"
    version = project_version(topology)
    images.build(unverified, context=context, arguments=arguments, on_line=say, version=version)
    import_check.check(topology, source=app_path(topology), image=unverified, on_line=say)
    images.rename(unverified, to=tag)


def _stage_app(topology: Topology, *, name: str, locks: list[str]) -> Path:
    source = app_path(topology)
    files = {Path(lock).name: locked(source / lock, project=source) for lock in locks}
    return images.stage(
        name,
        parts={
            "Dockerfile": APP_RECIPE,
            "src": source,
            APP_RUNTIME.name: APP_RUNTIME,
            "wheels": wheels.collect(files[Path(locks[-1]).name]),
            "apt-install": PROJECT / "docker" / COMMON / "apt-install",
            **files,
        },
        allowed=topology.app.allow_files,
    )


def build_test_image(topology: Topology, *, on_line: OnLine) -> str:
    """The service's image with its test requirements, by the same recipe; returns its tag."""
    tag = f"upshift/app-test:{release_id(topology)}"
    if not images.exists(tag):
        # No stack uses this folder: theirs are app-<stack>.
        context = _stage_app(topology, name="test-app", locks=["requirements-test.lock"])
        # Redis, for the failover tests, which stop servers of their own.
        packages = " ".join(["redis-server", *topology.app.packages])
        arguments = {"REQUIREMENTS": "requirements-test.lock", "PACKAGES": packages}
        images.build(tag, context=context, arguments=arguments, on_line=on_line)
    return tag
