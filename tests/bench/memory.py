"""Memory of containers, and of each of Gunicorn's workers."""

import statistics

from ops.run import run


def of_containers(names: list[str]) -> dict[str, str]:
    """As Docker counts it, against the container's limit."""
    shape = "{{.Name}}\t{{.MemUsage}}"
    told = run(["docker", "stats", "--no-stream", "--format", shape, *names]).stdout
    return dict(line.split("\t", 1) for line in told.splitlines() if "\t" in line)


def of_workers(container: str) -> str:
    """Memory of Gunicorn's workers: how many, and the middle one in MiB.

    Its own, and its part of what it shares with others (PSS): they are forks of one process.
    """
    told = run(["docker", "top", container, "-o", "pid,ppid,pss,args"]).stdout
    sizes = worker_sizes(told)
    if not sizes:
        return "no worker found"
    return f"{len(sizes)} workers, {statistics.median(sizes):.0f} MiB each"


def worker_sizes(told: str) -> list[float]:
    """MiB of each process whose parent is Gunicorn too, from `docker top`'s lines."""
    rows = [line.split(maxsplit=3) for line in told.splitlines()[1:] if line.strip()]
    gunicorns = [row for row in rows if "gunicorn" in row[3] and "docker-init" not in row[3]]
    parents = {row[0] for row in gunicorns}
    return [int(row[2]) / 1024 for row in gunicorns if row[1] in parents]
