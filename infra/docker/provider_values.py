"""What the Docker provider needs to be told, and how it writes values (decision 0021)."""

import pulumi

# The provider calls a change of these "updated" and leaves the container as it was: they are
# neither ForceNew in its schema (resource_docker_container.go) nor in its update function, which
# knows restart, memory, memorySwap, memoryReservation, cpuShares, cpuSet and device limits only.
IN_NAME_ONLY = ("healthcheck", "tmpfs", "init", "mounts", "rm", "cpuPeriod", "cpuQuota")


def replaced_on_change(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """With what a change needs another container for; the old one goes first, for its name."""
    own = pulumi.ResourceOptions(delete_before_replace=True, replace_on_changes=list(IN_NAME_ONLY))
    return pulumi.ResourceOptions.merge(opts, own)


def duration(seconds: int) -> str:
    """As Go writes it ("1m0s"): the provider compares texts, and another form is a change."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{left}s"
    return f"{minutes}m{left}s" if minutes else f"{left}s"


def decimal(cpus: float) -> str:
    """As the provider reads it back from the engine ("2.0"), for the same reason."""
    return str(float(cpus))
