"""Whether a container is ready: one rule for the wait of an `up`, the table and the smoke checks.

Docker's own word is old: it asks once in `health.interval`, so after a start it says `starting`,
and after an outage `unhealthy`, long after the container is well. Where Docker does not say
`healthy`, the same health command is run at once, and its answer counts.
"""

import shlex
from collections.abc import Mapping
from typing import Any

HEALTHY = "healthy"
# Docker's words that may be out of date.
OLD_NEWS = ("starting", "unhealthy")
# Where the topology says what a component's health command asks; the others' are Upshift's own.
KEYS = {
    "service": "topology.app.live_path",
    "edge": "topology.app.live_path, through Nginx",
    "worker": "topology.app.worker_health",
    "beat": "topology.app.beat_health",
}


def reported(item: Mapping[str, Any]) -> str:
    """Docker's word on a container's health, from `docker inspect`; `-` where nothing asks."""
    return str(item["State"].get("Health", {}).get("Status", "-"))


def command_to_ask(item: Mapping[str, Any]) -> list[str]:
    """The health command to run in the container now; empty where Docker's word holds."""
    if item["State"]["Status"] != "running" or reported(item) not in OLD_NEWS:
        return []
    return _command(item)


def why_not(item: Mapping[str, Any], *, code: int, answer: str) -> str:
    """What a health command said that failed: its key, the command, its exit code and its output.

    `item` is from `docker inspect`; `code` and `answer` are those of the last run of the command.
    """
    command = shlex.join(_command(item))
    component = (item["Config"].get("Labels") or {}).get("upshift.component", "")
    key = f" ({KEYS[component]})" if component in KEYS else ""
    if item["State"]["Status"] != "running":
        ended = item["State"].get("ExitCode", "?")
        return f"its process ended with code {ended}, before its health command{key} could answer"
    said = answer.strip() or "it said nothing"
    return f"its health command{key} ended with code {code}: {command}\n{said}"


def _command(item: Mapping[str, Any]) -> list[str]:
    kind, *words = item["Config"].get("Healthcheck", {}).get("Test") or ["NONE"]
    return ["sh", "-c", *words] if kind == "CMD-SHELL" else [str(word) for word in words]
