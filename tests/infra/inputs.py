"""What the Pulumi program gives the provider, read from the engine in memory."""

from collections.abc import Mapping
from typing import Any

from tests.infra.conftest import Engine


def uploaded(engine: Engine, path: str) -> str:
    """The content of a file that a container is given."""
    uploads = engine.containers()["files"]["uploads"]
    return next(str(each["content"]) for each in uploads if each["file"] == path)


def networks(inputs: Mapping[str, Any]) -> set[str]:
    """The names of the networks that a container joins."""
    return {network["name"] for network in inputs["networksAdvanced"]}


def volumes(inputs: Mapping[str, Any]) -> dict[str, str]:
    """Each mounted volume's name by its path; one without a name goes with its container."""
    return {each["containerPath"]: each.get("volumeName", "") for each in inputs["volumes"]}
