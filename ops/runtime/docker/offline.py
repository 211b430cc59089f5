"""The data of a stopped component, and a one-off container of the same image to work on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ops.run import Completed, run
from ops.runtime.docker import containers
from stacks.errors import PreflightError
from stacks.release import image_tags
from stacks.topology import Topology

MARKED = ("upshift.name", "upshift.stack", "upshift.test")  # labels by which leftovers are found


@dataclass(frozen=True)
class Volume:
    """A component's data volume (see `ops.runtime.interface.OfflineData`)."""

    name: str
    volume: str
    image: str
    user: str
    labels: dict[str, str]
    can_start: bool

    @property
    def location(self) -> str:
        """The volume, for a message."""
        return f"the volume {self.volume}"

    def run(self, script: str) -> Completed:
        """Run a shell script with the volume at /data: the image's user, and no network."""
        command = ["docker", "run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL"]
        command += ["--security-opt", "no-new-privileges", "--user", self.user]
        command += ["--pids-limit", "64", "--memory", "256m", "--volume", f"{self.volume}:/data"]
        for label in MARKED:
            if label in self.labels:
                command += ["--label", f"{label}={self.labels[label]}"]
        return run([*command, self.image, "sh", "-c", script], check=False)


@contextmanager
def stopped(topology: Topology, component: str) -> Iterator[Volume]:
    """Stop the component's container for the block; without a container only its volume is used.

    Raises PreflightError when there is neither a container nor a volume.
    """
    found = containers.current(topology).get(component)
    if found is None:
        yield _without_container(topology, component)
        return
    (item,) = containers.inspect(found.id)
    run(["docker", "stop", found.name])
    try:
        yield _of_container(found.name, item)
    finally:
        run(["docker", "start", found.name])


def _of_container(name: str, item: dict[str, Any]) -> Volume:
    mounted = {mount["Destination"]: str(mount["Name"]) for mount in item["Mounts"]}
    return Volume(
        name=name,
        volume=mounted["/data"],
        image=item["Image"],
        user=item["Config"]["User"],
        labels=item["Config"]["Labels"],
        can_start=True,
    )


def _without_container(topology: Topology, component: str) -> Volume:
    """After an `up` that removed the container and could not create it again."""
    name, volume = topology.container(component), f"{topology.prefix}-{component}-data"
    if run(["docker", "volume", "inspect", volume], check=False).code != 0:
        raise PreflightError(
            f"there is neither a container {name} nor a volume {volume}",
            hint=f"ops up {topology.stack}",
        )
    image = image_tags(topology)[component.partition("-")[0]]
    user = run(["docker", "image", "inspect", "-f", "{{.Config.User}}", image]).stdout.strip()
    return Volume(name, volume, image, user, topology.labels(component), can_start=False)
