"""What a service says of its own readiness, for `ops status`."""

import json
from collections.abc import Mapping
from typing import Any

from ops.run import run
from ops.runtime import containers
from stacks.instances import socket_of
from stacks.topology import Topology
from stacks.values import in_url

SECONDS = 4


def warnings(topology: Topology) -> list[str]:
    """One line for each part that the readiness answer calls wrong; none where it cannot be read.

    The service is asked inside its container, as its health command asks it: over its socket.
    """
    service = containers.current(topology).get("service")
    if service is None or topology.app.ready_path == topology.app.live_path:
        return []
    host = f"Host: {in_url(topology.edge.server_names[0])}"
    curl = ["curl", "-s", "--max-time", str(SECONDS), "--unix-socket", socket_of(service.instance)]
    asked = [*curl, "-H", host, "-H", "X-Forwarded-Proto: https"]
    url = f"http://localhost{topology.app.ready_path}"
    said = run(["docker", "exec", service.id, *asked, url], check=False, timeout=15).stdout
    return wrong_parts(said, path=topology.app.ready_path)


def wrong_parts(said: str, *, path: str) -> list[str]:
    """The lines for a readiness answer, which may be a project's own and of any form."""
    try:
        told: Any = json.loads(said)
    except ValueError:
        return []
    checks = told.get("checks") if isinstance(told, dict) else None
    if not isinstance(checks, Mapping):
        return []
    return [
        f"{path} says of {part}: {check.get('reason', 'not well')}"
        for part, check in checks.items()
        if isinstance(check, Mapping) and check.get("ok") is False
    ]
