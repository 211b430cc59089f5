"""Whether a container is healthy: one rule for the wait of an `up`, the table and the smoke checks.

Docker's status is out of date: it runs the health command once in `health.interval`, so after a
start it reports `starting`, and after an outage `unhealthy`, long after the container recovered.
Where Docker does not report `healthy`, the same command is run at once, and its result counts.
"""

import shlex
from collections.abc import Mapping
from typing import Any

HEALTHY = "healthy"
# The statuses of Docker that may be out of date.
MAYBE_OUTDATED = ("starting", "unhealthy")
# The topology's key for a component's health command; the others' are Upshift's own.
KEYS = {
    "service": "topology.app.live_path",
    "edge": "topology.app.live_path, through Nginx",
    "worker": "topology.app.worker_health",
    "beat": "topology.app.beat_health",
}


def reported(item: Mapping[str, Any]) -> str:
    """A container's health by `docker inspect`; `-` without a health check."""
    return str(item["State"].get("Health", {}).get("Status", "-"))


def command_to_run(item: Mapping[str, Any]) -> list[str]:
    """The health command to run in the container now; empty where Docker's status is current."""
    if item["State"]["Status"] != "running" or reported(item) not in MAYBE_OUTDATED:
        return []
    return _command(item)


def describe_failure(item: Mapping[str, Any], *, code: int, answer: str) -> str:
    """A failed health check: the key, the command, its exit code and its output.

    `item` is from `docker inspect`; `code` and `answer` are those of the last run of the command.
    """
    command = shlex.join(_command(item))
    component = (item["Config"].get("Labels") or {}).get("upshift.component", "")
    key = f" ({KEYS[component]})" if component in KEYS else ""
    if item["State"]["Status"] != "running":
        ended = item["State"].get("ExitCode", "?")
        return f"its process ended with code {ended}, before its health command{key} succeeded"
    output = answer.strip() or "(no output)"
    return f"its health command{key} failed with exit code {code}: {command}\n{output}"


def _command(item: Mapping[str, Any]) -> list[str]:
    kind, *words = item["Config"].get("Healthcheck", {}).get("Test") or ["NONE"]
    return ["sh", "-c", *words] if kind == "CMD-SHELL" else [str(word) for word in words]
