"""What the components stand on: networks and volumes."""

from collections.abc import Mapping

import pulumi
import pulumi_docker as docker

from stacks.topology import Topology

KEPT_VOLUMES = ("postgres-data", "redis-queue-data")
WORKING_VOLUMES = ("static", "socket", "schedule")


class Networks(pulumi.ComponentResource):
    """`front` for the edge; `out` for what calls others; `back`, with no way out, for the data.

    The edge reaches the service through a socket's volume, so they share no network.
    """

    INTERNAL: Mapping[str, bool] = {"front": False, "out": False, "back": True}

    def __init__(self, topology: Topology, *, opts: pulumi.ResourceOptions) -> None:
        super().__init__("upshift:phase1:Networks", "networks", None, opts)
        for name, internal in self.INTERNAL.items():
            docker.Network(
                f"network-{name}",
                name=f"{topology.prefix}-{name}",
                internal=internal,
                driver="bridge",
                labels=[
                    docker.NetworkLabelArgs(label=label, value=value)
                    for label, value in topology.labels(name).items()
                ],
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )
        self.register_outputs({})


class Volumes(pulumi.ComponentResource):
    """Data volumes, which `destroy` keeps, and working volumes, which it does not."""

    def __init__(self, topology: Topology, *, opts: pulumi.ResourceOptions) -> None:
        super().__init__("upshift:phase1:Volumes", "volumes", None, opts)
        for name in (*KEPT_VOLUMES, *WORKING_VOLUMES):
            volume(topology, name, parent=self, kept=name if name in KEPT_VOLUMES else "")
        self.register_outputs({})


def volume(
    topology: Topology, name: str, *, parent: pulumi.Resource, kept: str = ""
) -> docker.Volume:
    """A named volume; one that is `kept` is protected from `destroy`."""
    return docker.Volume(
        f"volume-{name}",
        name=f"{topology.prefix}-{name}",
        labels=[
            docker.VolumeLabelArgs(label=label, value=value)
            for label, value in topology.labels(name).items()
        ],
        opts=pulumi.ResourceOptions(
            parent=parent, protect=bool(kept) or None, delete_before_replace=True
        ),
    )
