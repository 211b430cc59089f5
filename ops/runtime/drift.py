"""What of an environment is no longer as Pulumi's state says: removed, stopped or changed by hand.

Three questions to Docker take a tenth of the time of Pulumi's own refresh, which is then done only
when there is something to find. A refresh sees what is gone. It does not see that a container has
lost a network or a volume: such a container is made anew.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.engine.state import Made, State
from ops.run import run
from stacks.instances import LABEL

Found = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Drift:
    """One difference: what it is, in words, and the URN that must be made anew (or nothing)."""

    text: str
    replace: str = ""


def look(state: State, *, stopped: Collection[str] = ()) -> list[Drift]:
    """Every difference between the state and what Docker has; changes nothing.

    `stopped` are ids of containers that Upshift itself has stopped: successors that failed.
    """
    kinds = ("network", "volume", "container")
    found = {kind: _inspect(kind, ids=[made.id for made in state.of(kind)]) for kind in kinds}
    return [
        *(drift for made in state.of("network") for drift in _gone(made, found["network"])),
        *(drift for made in state.of("volume") for drift in _gone(made, found["volume"])),
        *(
            drift
            for made in state.of("container")
            if made.id not in stopped
            for drift in _container(made, found["container"], networks=state.of("network"))
        ),
    ]


def _inspect(kind: str, *, ids: Sequence[str]) -> Found:
    """What Docker says of these objects, by id; a volume's id is its name."""
    if not ids:
        return {}
    shown = run(["docker", kind, "inspect", *ids], check=False).stdout
    return {str(item.get("Id") or item["Name"]): item for item in json.loads(shown or "[]")}


def _gone(made: Made, found: Found) -> Iterator[Drift]:
    if made.id not in found:
        yield Drift(f"the {made.kind} {made.name} was removed")


def _container(made: Made, found: Found, *, networks: Sequence[Made]) -> Iterator[Drift]:
    item = found.get(made.id)
    if item is None:
        yield from _gone(made, found)
        return
    name = str(item["Name"]).lstrip("/")
    if name != made.name:
        yield Drift(f"the container {made.name} was renamed to {name}", replace=made.urn)
    labels = {str(one["label"]) for one in made.outputs.get("labels") or ()}
    if not made.outputs.get("mustRun", True) and LABEL not in labels:
        return  # the carrier of the files and the release job: made, and not running
    if (status := item["State"]["Status"]) != "running":
        yield Drift(f"the container {made.name} is {status}")
    yield from _attachments(made, item, networks={each.name: each.id for each in networks})
    yield from _mounts(made, item)


def _attachments(
    made: Made, item: Mapping[str, Any], *, networks: Mapping[str, str]
) -> Iterator[Drift]:
    """A network that was lost, one that has another id under the same name, and one too many."""
    wanted = {one["name"]: one for one in made.outputs.get("networksAdvanceds") or ()}
    present = item["NetworkSettings"]["Networks"]
    for name, one in wanted.items():
        end = present.get(name)
        if end is None or end["NetworkID"] != networks.get(name, end["NetworkID"]):
            yield Drift(f"the container {made.name} is not on the network {name}", made.urn)
        elif missing := set(one.get("aliases") or ()) - set(end.get("Aliases") or ()):
            words = f"the container {made.name} has lost its name {', '.join(sorted(missing))}"
            yield Drift(f"{words} on the network {name}", made.urn)
    for name in sorted(present.keys() - wanted.keys() if wanted else ()):
        yield Drift(f"the container {made.name} was connected to the network {name}", made.urn)


def _mounts(made: Made, item: Mapping[str, Any]) -> Iterator[Drift]:
    present = {mount["Destination"]: mount.get("Name") for mount in item["Mounts"]}
    for one in made.outputs.get("volumes") or ():
        path, volume = one["containerPath"], one["volumeName"]
        if volume and present.get(path) != volume:
            yield Drift(f"the container {made.name} does not mount {volume} at {path}", made.urn)
