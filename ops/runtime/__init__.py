"""Where an environment's components run, behind one interface (`interface.Runtime`)."""

from ops.runtime.docker.runtime import DockerRuntime
from ops.runtime.interface import Runtime
from stacks.topology import Topology


def runtime_for(topology: Topology) -> Runtime:
    """The runtime that this topology's components run on: Docker, until phase 2."""
    return DockerRuntime(topology)
