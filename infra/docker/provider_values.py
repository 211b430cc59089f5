"""Properties that need a replacement, and the provider's formats of values (decision 0021)."""

import pulumi

# The provider reports a change of these as updated and leaves the container unchanged: they are
# neither ForceNew in its schema (resource_docker_container.go) nor in its update function, which
# knows restart, memory, memorySwap, memoryReservation, cpuShares, cpuSet and device limits only.
NOT_UPDATED = ("healthcheck", "tmpfs", "init", "mounts", "rm", "cpuPeriod", "cpuQuota")


def replaced_on_change(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """Replace the container on such a change; the old one is deleted first, for its name."""
    own = pulumi.ResourceOptions(delete_before_replace=True, replace_on_changes=list(NOT_UPDATED))
    return pulumi.ResourceOptions.merge(opts, own)


def duration(seconds: int) -> str:
    """In Go's format ("1m0s"): the provider compares texts, and another format is a change."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{left}s"
    return f"{minutes}m{left}s" if minutes else f"{left}s"


def decimal(cpus: float) -> str:
    """In the format that the provider reads from the engine ("2.0"), for the same reason."""
    return str(float(cpus))
