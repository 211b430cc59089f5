"""What Pulumi's state says of one stack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Pulumi's type of what Docker has, and Docker's own word for it.
KINDS = {
    "docker:index/container:Container": "container",
    "docker:index/network:Network": "network",
    "docker:index/volume:Volume": "volume",
}


@dataclass(frozen=True)
class Made:
    """One object of Docker's that Pulumi made: its URN, its id, and what Pulumi knows of it."""

    kind: str
    urn: str
    id: str
    outputs: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name at Docker."""
        return str(self.outputs.get("name", self.id))


@dataclass(frozen=True)
class State:
    """What Pulumi has written down: the stack's outputs, its resources, and the ids of all.

    `known`: whether there is such a stack; `unfinished`: whether a run was killed in the middle.
    """

    outputs: dict[str, Any]
    ids: frozenset[str]
    known: bool = True
    unfinished: bool = False
    made: tuple[Made, ...] = ()
    resources: tuple[Mapping[str, Any], ...] = ()

    def of(self, kind: str) -> list[Made]:
        """What was made of a kind: `container`, `network` or `volume`."""
        return [each for each in self.made if each.kind == kind]
