"""The Django project's processes, and the health checks of all containers."""

from pydantic import Field

from stacks.model import Model, Seconds
from stacks.topology.limits import Limits


class Service(Model):
    """Gunicorn: worker processes, threads in each, and its limits. `timeout` in seconds.

    With `preload` the project is loaded once and its workers are forks, which share what was
    loaded; without it each worker loads the project by itself.
    `password_hashes`: how many passwords one process may hash at once; without it as many as
    the memory holds (`stacks.memory`).
    """

    workers: int = Field(default=2, ge=1, le=256)
    threads: int = Field(default=2, ge=1, le=64)
    timeout: Seconds = 30
    preload: bool = True
    password_hashes: int | None = Field(default=None, ge=1, le=64)
    limits: Limits = Limits(memory=512, cpus=1.0)


class Worker(Model):
    """Celery's worker: its processes and limits.

    `stop_grace` is seconds from the signal to the end; what runs may finish in the first of them.
    """

    concurrency: int = Field(default=2, ge=1, le=256)
    stop_grace: int = Field(default=30, ge=15, le=3600)
    limits: Limits = Limits(memory=336, cpus=1.0)


class Beat(Model):
    """Celery's beat, one for an environment."""

    limits: Limits = Limits(memory=144, cpus=0.5)


class Health(Model):
    """The interval of the health checks (seconds), and how long a start may take.

    Each check is a process that Docker starts in the container: about 90 ms of a core. The wait for
    a start runs its own checks (`infra.docker.readiness`).
    """

    interval: Seconds = 15
    timeout: Seconds = 5
    retries: int = Field(default=3, ge=1, le=60)
    start_period: Seconds = 60
