"""The environment's Docker networks and volumes."""

import hashlib
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_docker as docker

from stacks.persistent_data import PERSISTENT_VOLUMES
from stacks.topology import Topology

WORKING_VOLUMES = ("static", "socket", "schedule")


class Networks(pulumi.ComponentResource):
    """`front` for the edge; `out` with internet access; `back`, without, for the data.

    The edge reaches the service over a socket in a volume, so they share no network.
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
        """A bridge network; `parts` are its IPv6 addresses, where it has any."""
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
                # The engine adds the IPv4 configuration, which each `up` would see as a change.
                ignore_changes=["ipamConfigs"] if parts else None,
            ),
        )


def _gateways(configs: Sequence[Any] | None) -> list[str]:
    """This host's addresses in a network."""
    return [config.gateway for config in configs or () if config.gateway]


def _ipv6(topology: Topology) -> list[docker.NetworkIpamConfigArgs] | None:
    """This environment's own IPv6 prefix (RFC 4193), where clients use IPv6.

    It is derived from the name, so that it stays the same. The engine adds IPv4 itself.
    """
    if not topology.edge.has_ipv6:
        return None
    digest = hashlib.sha256(topology.prefix.encode()).hexdigest()
    prefix = f"fd{digest[:2]}:{digest[2:6]}:{digest[6:10]}"
    return [docker.NetworkIpamConfigArgs(subnet=f"{prefix}::/64", gateway=f"{prefix}::1")]


class Volumes(pulumi.ComponentResource):
    """Persistent volumes, which `destroy` keeps, and working volumes, which it removes."""

    def __init__(self, topology: Topology, *, opts: pulumi.ResourceOptions) -> None:
        super().__init__("upshift:phase1:Volumes", "volumes", None, opts)
        for name in (*PERSISTENT_VOLUMES, *WORKING_VOLUMES):
            volume(topology, name, parent=self, protect=name in PERSISTENT_VOLUMES)
        self.register_outputs({})


def volume(
    topology: Topology, name: str, *, parent: pulumi.Resource, protect: bool = False
) -> docker.Volume:
    """A named volume; `protect` keeps it from `destroy`."""
    return docker.Volume(
        f"volume-{name}",
        name=f"{topology.prefix}-{name}",
        labels=[
            docker.VolumeLabelArgs(label=label, value=value)
            for label, value in topology.labels(name).items()
        ],
        opts=pulumi.ResourceOptions(
            parent=parent, protect=protect or None, delete_before_replace=True
        ),
    )
