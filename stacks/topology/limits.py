"""What one container may use."""

from stacks.model import Cpus, Mebibytes, Model


class Limits(Model):
    """What one container may use: memory in MiB, CPUs as a share of cores."""

    memory: Mebibytes
    cpus: Cpus
