"""The contents of one stack's Pulumi state."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The Docker provider's resource types, and Docker's name for each.
KINDS = {
    "docker:index/container:Container": "container",
    "docker:index/network:Network": "network",
    "docker:index/volume:Volume": "volume",
}


@dataclass(frozen=True)
class DockerObject:
    """A container, network or volume that Pulumi created: URN, id, and recorded outputs."""

    kind: str
    urn: str
    id: str
    outputs: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name in Docker."""
        return str(self.outputs.get("name", self.id))


@dataclass(frozen=True)
class State:
    """The stack's outputs, its resources, and the ids of all.

    `exists`: whether Pulumi knows the stack; `has_pending_operations`: whether a run was killed.
    """

    outputs: dict[str, Any]
    ids: frozenset[str]
    exists: bool = True
    has_pending_operations: bool = False
    docker_objects: tuple[DockerObject, ...] = ()
    resources: tuple[Mapping[str, Any], ...] = ()

    def objects(self, kind: str) -> list[DockerObject]:
        """Those of a kind: `container`, `network` or `volume`."""
        return [each for each in self.docker_objects if each.kind == kind]
