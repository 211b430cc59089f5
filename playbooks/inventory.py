"""Which servers pyinfra configures, computed from a stack's topology.

`UPSHIFT_STACK` names the stack (default: dev). `UPSHIFT_SERVERS` names the servers, separated by
commas, as pyinfra writes them (`@docker/name`, or an SSH address); without it, the stack's one
rehearsal server, a container on this machine.
"""

import os
from collections.abc import Mapping

from stacks.loading import load_topology
from stacks.topology import Topology

# The service's user in its image; hosts use the same number, so that files keep their owner.
SERVICE_UID = 10001


def server_data(topology: Topology) -> dict[str, object]:
    """Each server's data: names and numbers, no secret."""
    return {
        "service_user": topology.name,
        "service_uid": SERVICE_UID,
        "service_home": f"/srv/{topology.name}",
        "timezone": "Etc/UTC",
    }


def server_names(topology: Topology, *, environment: Mapping[str, str]) -> list[str]:
    """The servers in pyinfra's notation."""
    named = [name.strip() for name in environment.get("UPSHIFT_SERVERS", "").split(",")]
    return [name for name in named if name] or [f"@docker/{topology.container('rehearsal')}"]


_topology = load_topology(os.environ.get("UPSHIFT_STACK", "dev"))

servers = (server_names(_topology, environment=os.environ), server_data(_topology))
