"""What the components stand on: networks and volumes."""

import hashlib
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_docker as docker

from stacks.kept_data import KEPT_VOLUMES
from stacks.topology import Topology

WORKING_VOLUMES = ("static", "socket", "schedule")


class Networks(pulumi.ComponentResource):
    """`front` for the edge; `out` for what calls others; `back`, with no way out, for the data.

    The edge reaches the service through a socket's volume, so they share no network.
    """

    NAMES = ("front", "front-ipv6", "out", "back")

    def __init__(self, topology: Topology, *, opts: pulumi.ResourceOptions) -> None:
        super().__init__("upshift:phase1:Networks", "networks", None, opts)
        front = self._network(topology, topology.edge.network, parts=_ipv6(topology))
        for name in ("out", "back"):
            self._network(topology, name)
        self.front_gateways: pulumi.Output[list[str]] = front.ipam_configs.apply(_gateways)
        self.register_outputs({})

    def _network(
        self,
        topology: Topology,
        name: str,
        *,
        parts: Sequence[docker.NetworkIpamConfigArgs] | None = None,
    ) -> docker.Network:
        """A bridge; `parts` are its addresses of IPv6, where it has any."""
        return docker.Network(
            f"network-{name}",
            name=f"{topology.prefix}-{name}",
            internal=name == "back",
            driver="bridge",
            ipv6=True if parts else None,
            ipam_configs=parts,
            labels=[
                docker.NetworkLabelArgs(label=label, value=value)
                for label, value in topology.labels(name).items()
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                delete_before_replace=True,
                # The engine adds those of IPv4, and each `up` would take them for a change.
                ignore_changes=["ipamConfigs"] if parts else None,
            ),
        )


def _gateways(configs: Sequence[Any] | None) -> list[str]:
    """The addresses that this host has in a network."""
    return [config.gateway for config in configs or () if config.gateway]


def _ipv6(topology: Topology) -> list[docker.NetworkIpamConfigArgs] | None:
    """A network of addresses for this environment alone (RFC 4193), where clients use IPv6.

    From its name, since nothing random must change at the next `up`. The engine adds IPv4 itself.
    """
    if not topology.edge.has_ipv6:
        return None
    digest = hashlib.sha256(topology.prefix.encode()).hexdigest()
    prefix = f"fd{digest[:2]}:{digest[2:6]}:{digest[6:10]}"
    return [docker.NetworkIpamConfigArgs(subnet=f"{prefix}::/64", gateway=f"{prefix}::1")]


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
