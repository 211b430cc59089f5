"""Whether a container is ready: one rule for the wait of an `up`, the table and the smoke checks.

Docker's own word is old: it asks once in `health.interval`, so after a start it says `starting`,
and after an outage `unhealthy`, long after the container is well. Where Docker does not say
`healthy`, the same health command is run at once, and its answer counts.
"""

from collections.abc import Mapping
from typing import Any

HEALTHY = "healthy"
# Docker's words that may be out of date.
OLD_NEWS = ("starting", "unhealthy")


def reported(item: Mapping[str, Any]) -> str:
    """Docker's word on a container's health, from `docker inspect`; `-` where nothing asks."""
    return str(item["State"].get("Health", {}).get("Status", "-"))


def command_to_ask(item: Mapping[str, Any]) -> list[str]:
    """The health command to run in the container now; empty where Docker's word holds."""
    if item["State"]["Status"] != "running" or reported(item) not in OLD_NEWS:
        return []
    return [str(word) for word in item["Config"].get("Healthcheck", {}).get("Test", [])[1:]]
