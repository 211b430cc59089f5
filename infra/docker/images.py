"""The images of an environment: named by what goes into them, so a missing one is built."""

from collections.abc import Mapping

import pulumi
import pulumi_docker as docker

from infra.process import build, output_of
from stacks.release import image_tags
from stacks.topology import Topology
from stacks.versions import BASE_IMAGE


def ensure_images(topology: Topology) -> None:
    """Build what is missing, before anything is made. A preview builds nothing."""
    tags = sorted(image_tags(topology).values())
    if pulumi.runtime.is_dry_run() or output_of(["docker", "image", "inspect", *tags]) is not None:
        return
    pulumi.log.info("building the images that are missing")
    lines: list[str] = []
    if build(topology.stack, on_line=lines.append) != 0:
        raise pulumi.RunError("the images could not be built:\n" + "\n".join(lines[-25:]))


def image_ids(topology: Topology, *, parent: pulumi.Resource) -> Mapping[str, pulumi.Output[str]]:
    """Each image's id by its name. The images stay when an environment goes: releases are kept."""
    return {
        name: docker.RemoteImage(
            f"image-{name}",
            name=tag,
            keep_locally=True,
            opts=pulumi.ResourceOptions(parent=parent),
        ).image_id
        for name, tag in {**image_tags(topology), "base": BASE_IMAGE}.items()
    }
