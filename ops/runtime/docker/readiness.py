"""The service's own readiness answer, for `ops status`."""

import json
from collections.abc import Mapping
from typing import Any

from ops.run import run
from ops.runtime.docker import containers
from stacks.instances import socket_of
from stacks.topology import Topology
from stacks.values import in_url

CURL_TIMEOUT_SECONDS = 4


def warnings(topology: Topology) -> list[str]:
    """One line for each check that the readiness answer reports as failed; else none.

    The request is made inside the container, over its socket, as the health command's is.
    """
    service = containers.current(topology).get("service")
    if service is None or topology.app.ready_path == topology.app.live_path:
        return []
    host = f"Host: {in_url(topology.edge.server_names[0])}"
    curl = ["curl", "-s", "--max-time", str(CURL_TIMEOUT_SECONDS)]
    curl += ["--unix-socket", socket_of(service.instance), "-H", host]
    curl += ["-H", "X-Forwarded-Proto: https", f"http://localhost{topology.app.ready_path}"]
    answer = run(["docker", "exec", service.id, *curl], check=False, timeout=15).stdout
    return failed_checks(answer, path=topology.app.ready_path)


def failed_checks(answer: str, *, path: str) -> list[str]:
    """The failed checks of a readiness answer, which may be another project's, of any form."""
    try:
        document: Any = json.loads(answer)
    except ValueError:
        return []
    checks = document.get("checks") if isinstance(document, dict) else None
    if not isinstance(checks, Mapping):
        return []
    return [
        f"{path} reports {part}: {check.get('reason', 'failed')}"
        for part, check in checks.items()
        if isinstance(check, Mapping) and check.get("ok") is False
    ]
