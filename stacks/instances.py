"""Which container runs a component now.

Service, worker and beat are created beside the ones that they replace, so each instance has its own
name: `<prefix>-<component>-<instance>`. All other components have one fixed name
(`Topology.container`). Links in the socket's volume mark the live instances: the edge sends every
request to `live.sock`, a symbolic link to the live service's socket, and `live.worker` and
`live.beat` are links with the live instance's name. This module is pure: it has the commands as
data, and parses their output.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stacks.topology import COMPONENTS, Topology

# Components whose new instance is created beside the old one, in the order of the rollout.
INSTANCED = ("service", "worker", "beat")
LABEL = "upshift.instance"
SOCKETS = "/run/service"  # where the socket's volume is mounted, in the service and in the edge
LIVE_SOCKET = f"{SOCKETS}/live.sock"


def socket_of(instance: str) -> str:
    """The path of the socket on which one instance of the service listens."""
    return f"{SOCKETS}/{instance}.sock"


def marker(component: str) -> str:
    """The path of the symbolic link that names the live instance of a component."""
    return LIVE_SOCKET if component == "service" else f"{SOCKETS}/live.{component}"


def list_command(topology: Topology) -> list[str]:
    """Lists every container of the environment, running or not, for `parse_list`."""
    mine = [f"--filter=label={key}={value}" for key, value in topology.labels("").items() if value]
    shape = '{{.ID}}\t{{.Names}}\t{{.State}}\t{{.Label "upshift.component"}}\t{{.Label "%s"}}'
    return ["docker", "ps", "-a", "--no-trunc", *mine, "--format", shape % LABEL]


def markers_command(container: str) -> list[str]:
    """Prints what each marker points to, `-` where it is missing; runs in service or edge."""
    commands = "; ".join(f"readlink {marker(component)} || echo -" for component in INSTANCED)
    return ["docker", "exec", container, "sh", "-c", commands]


def parse_markers(text: str) -> dict[str, str]:
    """Component -> live instance, as `markers_command` prints it."""
    lines = zip(INSTANCED, text.splitlines(), strict=False)
    return {component: line.removesuffix(".sock") for component, line in lines if line != "-"}


@dataclass(frozen=True)
class Found:
    """One container as `list_command` shows it; `instance` is empty where the name is fixed."""

    id: str
    name: str
    state: str
    component: str
    instance: str

    @property
    def running(self) -> bool:
        """Whether its processes run at this moment."""
        return self.state == "running"

    @property
    def active(self) -> bool:
        """Whether it runs or will be started again by Docker."""
        return self.state not in ("created", "exited", "dead")


def parse_list(text: str) -> list[Found]:
    """The containers in the output of `list_command`, newest first (Docker's order)."""
    return [Found(*line.split("\t")) for line in text.splitlines() if line.strip()]


def several(found: Sequence[Found]) -> bool:
    """Whether a component has more than one container, so that the markers decide."""
    names = [one.component for one in found]
    return any(names.count(component) > 1 for component in INSTANCED)


def choose(found: Sequence[Found], *, live: Mapping[str, str]) -> dict[str, Found]:
    """Component -> the container that runs it now, of those from `parse_list`.

    Of several, the live one; without a marker a running one is preferred, then the newest.
    """
    chosen: dict[str, Found] = {}
    for component in (*COMPONENTS, "release", "files"):
        mine = [one for one in found if one.component == component]
        marked = [one for one in mine if one.instance and one.instance == live.get(component)]
        running = [one for one in mine if one.running]
        if mine:
            chosen[component] = (marked or running or mine)[0]
    return chosen


def reader(found: Sequence[Found]) -> str:
    """The id of a running container that can read the markers; empty when there is none."""
    for component in ("edge", "service"):
        for one in found:
            if one.component == component and one.running:
                return one.id
    return ""
