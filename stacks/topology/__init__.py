"""What an environment is: one frozen model. `stacks/loading.py` reads it from a stack's file.

Later phases add fields here; there is no second model.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from stacks.memory import memory_error
from stacks.model import Model, Name
from stacks.processes import processes_error
from stacks.topology.app import BUNDLED, App
from stacks.topology.data import Postgres, Redis, RedisCache
from stacks.topology.edge import Edge
from stacks.topology.service import Beat, Health, Service, Worker
from stacks.values import in_url

PROJECT = Path(__file__).resolve().parent.parent.parent


class Topology(Model):
    """One environment. `stack` is its name; `name` the product's, first in every object's name."""

    stack: Name
    name: Name = "upshift"
    phase: Literal[1] = 1
    toolkit: str = Field(default="0.1.0", pattern=r"^\d+\.\d+\.\d+$")
    app: App = App()
    edge: Edge = Edge()
    service: Service = Service()
    worker: Worker = Worker()
    beat: Beat = Beat()
    postgres: Postgres = Postgres()
    redis_cache: RedisCache = RedisCache()
    redis_queue: Redis = Redis()
    health: Health = Health()
    test_label: str | None = Field(default=None, description="set by tests on what they start")

    @property
    def prefix(self) -> str:
        """The prefix of the names of this environment's containers, networks and volumes."""
        return f"{self.name}-{self.stack}"

    @property
    def components(self) -> tuple[str, ...]:
        """This environment's components: without `app.celery` no worker and no beat."""
        left_out = () if self.app.celery else CELERY
        return tuple(name for name in COMPONENTS if name not in left_out)

    @property
    def url(self) -> str:
        """The service's URL."""
        port = "" if self.edge.url_port == 443 else f":{self.edge.url_port}"
        return f"https://{in_url(self.edge.server_names[0])}{port}"

    @property
    def headers(self) -> Literal["api", "project"]:
        """Whether the edge sets an API's security headers, or the project its own."""
        return self.edge.headers or ("api" if self.app.path == BUNDLED else "project")

    @property
    def pool(self) -> int:
        """Most database connections of one process: one for each thread."""
        return self.service.threads

    @property
    def peak_memory(self) -> int:
        """Most MiB that the containers may use together: during a release.

        Then two services and two workers stand side by side. The release job, which has the
        service's limits, has ended before; of beat one runs at a time.
        """
        parts = [getattr(self, name.replace("-", "_")) for name in self.components]
        double = [part for part in parts if part in (self.service, self.worker)]
        return sum(part.limits.memory for part in (*parts, *double))

    @model_validator(mode="after")
    def _pools_fit(self) -> "Topology":
        # Twice: during a release the new service and worker stand beside the old ones.
        tasks = self.worker.concurrency * 2 if self.app.celery else 0
        wanted = 2 * (self.service.workers * self.pool + tasks) + 2
        spare = self.postgres.max_connections - 10
        if wanted > spare:
            raise ValueError(
                f"postgres.max_connections is {self.postgres.max_connections}: without 10 for"
                f" administration and replicas {spare} are left, and the pools of two releases"
                f" during a rollout may open {wanted}"
            )
        return self

    @model_validator(mode="after")
    def _processes_fit(self) -> "Topology":
        if error := processes_error(self):
            raise ValueError(error)
        return self

    @model_validator(mode="after")
    def _memory_fits(self) -> "Topology":
        if error := memory_error(self):
            raise ValueError(error)
        return self

    def container(self, component: str) -> str:
        """The container's name."""
        return f"{self.prefix}-{component}"

    def labels(self, component: str) -> dict[str, str]:
        """The labels that mark an object as this environment's."""
        labels = {
            "upshift.name": self.name,
            "upshift.stack": self.stack,
            "upshift.component": component,
        }
        if self.test_label:
            labels["upshift.test"] = self.test_label
        return labels


CELERY = ("worker", "beat")
COMPONENTS = ("edge", "service", "worker", "beat", "postgres", "redis-cache", "redis-queue")
