"""What one container may use."""

from pydantic import Field

from stacks.model import Cpus, Mebibytes, Model


class Limits(Model):
    """What one container may use: memory in MiB, CPUs as a share of cores, processes.

    `processes` counts threads too, as the kernel does (cgroup `pids`). Without it the number
    follows from what runs in the container: see `stacks.processes`.
    """

    memory: Mebibytes
    cpus: Cpus
    processes: int | None = Field(default=None, ge=16, le=4_194_304)
