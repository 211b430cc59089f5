"""The environment's images: tagged by a hash of their content; a missing one is built."""

from collections.abc import Mapping

import pulumi
import pulumi_docker as docker

from infra.process import build, output_of
from stacks.release import image_tags
from stacks.topology import Topology
from stacks.versions import BASE_IMAGE


def ensure_images(topology: Topology) -> None:
    """Build missing images, before any resource is created. A preview builds nothing."""
    tags = sorted(image_tags(topology).values())
    if pulumi.runtime.is_dry_run() or output_of(["docker", "image", "inspect", *tags]) is not None:
        return
    pulumi.log.info("building the missing images")
    lines: list[str] = []
    if build(topology.stack, on_line=lines.append) != 0:
        raise pulumi.RunError("the images could not be built:\n" + "\n".join(lines[-25:]))


def image_ids(topology: Topology, *, parent: pulumi.Resource) -> Mapping[str, pulumi.Output[str]]:
    """Name -> id of each image. `destroy` keeps the images: releases can be deployed again."""
    return {
        name: docker.RemoteImage(
            f"image-{name}",
            name=tag,
            keep_locally=True,
            opts=pulumi.ResourceOptions(parent=parent),
        ).image_id
        for name, tag in {**image_tags(topology), "base": BASE_IMAGE}.items()
    }
