"""Drift: where an environment differs from Pulumi's state, since it was changed by hand.

Three calls of `docker inspect` take a tenth of the time of a Pulumi refresh, which then runs only
where drift was found. A refresh notices what is missing. It does not notice that a container has
lost a network or a volume: such a container is replaced.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ops.engine.state import DockerObject, State
from ops.run import run
from ops.runtime.interface import Drift
from stacks.instances import LABEL

Inspected = Mapping[str, Mapping[str, Any]]


def find(state: State, *, ignore: Collection[str] = ()) -> list[Drift]:
    """Every difference between the state and what Docker has; changes nothing.

    `ignore` are ids of containers that Upshift itself has stopped: new instances that failed.
    """
    kinds = ("network", "volume", "container")
    found = {kind: _inspect(kind, ids=[made.id for made in state.objects(kind)]) for kind in kinds}
    return [
        *(drift for made in state.objects("network") for drift in _gone(made, found["network"])),
        *(drift for made in state.objects("volume") for drift in _gone(made, found["volume"])),
        *(
            drift
            for made in state.objects("container")
            if made.id not in ignore
            for drift in _container(made, found["container"], networks=state.objects("network"))
        ),
    ]


def _inspect(kind: str, *, ids: Sequence[str]) -> Inspected:
    """`docker inspect` of these objects, by id; a volume's id is its name."""
    if not ids:
        return {}
    shown = run(["docker", kind, "inspect", *ids], check=False).stdout
    return {str(item.get("Id") or item["Name"]): item for item in json.loads(shown or "[]")}


def _gone(made: DockerObject, found: Inspected) -> Iterator[Drift]:
    if made.id not in found:
        yield Drift(f"the {made.kind} {made.name} was removed")


def _container(
    made: DockerObject, found: Inspected, *, networks: Sequence[DockerObject]
) -> Iterator[Drift]:
    item = found.get(made.id)
    if item is None:
        yield from _gone(made, found)
        return
    name = str(item["Name"]).lstrip("/")
    if name != made.name:
        yield Drift(f"the container {made.name} was renamed to {name}", replace=made.urn)
    labels = {str(one["label"]) for one in made.outputs.get("labels") or ()}
    if not made.outputs.get("mustRun", True) and LABEL not in labels:
        return  # the carrier of the files and the release job exist and do not run
    if (status := item["State"]["Status"]) != "running":
        yield Drift(f"the container {made.name} is {status}")
    yield from _attachments(made, item, networks={each.name: each.id for each in networks})
    yield from _mounts(made, item)


def _attachments(
    made: DockerObject, item: Mapping[str, Any], *, networks: Mapping[str, str]
) -> Iterator[Drift]:
    """A network or alias that is missing, or that has another id, and a network too many."""
    wanted = {one["name"]: one for one in made.outputs.get("networksAdvanceds") or ()}
    present = item["NetworkSettings"]["Networks"]
    for name, one in wanted.items():
        end = present.get(name)
        if end is None or end["NetworkID"] != networks.get(name, end["NetworkID"]):
            yield Drift(f"the container {made.name} is not on the network {name}", made.urn)
        elif missing := set(one.get("aliases") or ()) - set(end.get("Aliases") or ()):
            lost = f"the container {made.name} has lost its name {', '.join(sorted(missing))}"
            yield Drift(f"{lost} on the network {name}", made.urn)
    for name in sorted(present.keys() - wanted.keys() if wanted else ()):
        yield Drift(f"the container {made.name} was connected to the network {name}", made.urn)


def _mounts(made: DockerObject, item: Mapping[str, Any]) -> Iterator[Drift]:
    present = {mount["Destination"]: mount.get("Name") for mount in item["Mounts"]}
    for one in made.outputs.get("volumes") or ():
        path, volume = one["containerPath"], one["volumeName"]
        if volume and present.get(path) != volume:
            yield Drift(f"the container {made.name} does not mount {volume} at {path}", made.urn)
