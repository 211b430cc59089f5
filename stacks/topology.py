"""What an environment is: one frozen model, loaded from `stacks/Pulumi.<stack>.yaml`.

Later phases add fields here; there is no second model.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from stacks.errors import TopologyError

PROJECT = Path(__file__).resolve().parent.parent
CONFIG_KEY = "upshift:topology"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}[a-z0-9]$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Mebibytes = Annotated[int, Field(ge=16, le=4_194_304)]
Seconds = Annotated[int, Field(ge=1, le=3600)]
Cpus = Annotated[float, Field(gt=0, le=256)]


class Model(BaseModel):
    """Frozen, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Limits(Model):
    """What one container may use: memory in MiB, CPUs as a share of cores."""

    memory: Mebibytes
    cpus: Cpus


class Certificate(Model):
    """Where the edge's certificate comes from.

    `local`: a certificate authority of this project, made once. `files`: PEM files of yours.
    (`acme` will take its place here.)
    """

    source: Literal["local", "files"] = "local"
    certificate: str | None = None
    key: str | None = None

    @model_validator(mode="after")
    def _files_are_named(self) -> "Certificate":
        named = self.certificate is not None and self.key is not None
        if self.source == "files" and not named:
            raise ValueError(
                "source 'files' needs both 'certificate' and 'key' (paths of PEM files)"
            )
        if self.source == "local" and (self.certificate or self.key):
            raise ValueError("'certificate' and 'key' belong to source 'files'")
        return self


class Edge(Model):
    """Nginx: what the world reaches. Ports are the host's; `bind` is the host's address."""

    bind: str = "127.0.0.1"
    http_port: Port = 8080
    https_port: Port = 8443
    server_names: tuple[str, ...] = ("localhost", "127.0.0.1")
    certificate: Certificate = Certificate()
    body_limit: Mebibytes = Field(default=16, description="largest request body, MiB")
    requests_per_second: int = Field(default=200, ge=1, le=1_000_000, description="per address")
    connections: int = Field(default=100, ge=1, le=100_000, description="per address")
    timeout: Seconds = 30
    trusted_proxies: tuple[str, ...] = ()
    limits: Limits = Limits(memory=128, cpus=1.0)

    @field_validator("server_names")
    @classmethod
    def _one_name_at_least(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names:
            raise ValueError("name at least one host, for example ['api.example.com']")
        return names

    @model_validator(mode="after")
    def _ports_differ(self) -> "Edge":
        if self.http_port == self.https_port:
            raise ValueError(f"port {self.http_port} is used twice: http_port and https_port")
        return self


class Service(Model):
    """Gunicorn: worker processes, threads in each, and its limits. `timeout` in seconds."""

    workers: int = Field(default=2, ge=1, le=256)
    threads: int = Field(default=2, ge=1, le=64)
    timeout: Seconds = 30
    limits: Limits = Limits(memory=512, cpus=2.0)


class Worker(Model):
    """Celery's worker: its processes and limits."""

    concurrency: int = Field(default=2, ge=1, le=256)
    limits: Limits = Limits(memory=512, cpus=1.0)


class Beat(Model):
    """Celery's clock, one for an environment."""

    limits: Limits = Limits(memory=192, cpus=0.5)


class Postgres(Model):
    """PostgreSQL. `max_connections` must cover every pool; `statement_timeout` in seconds."""

    database: Name = "app"
    user: Name = "app"
    max_connections: int = Field(default=100, ge=10, le=10_000)
    statement_timeout: Seconds = 30
    limits: Limits = Limits(memory=512, cpus=2.0)


class Redis(Model):
    """One Redis: a cache and a queue never share one, since they do not share a policy."""

    limits: Limits = Limits(memory=128, cpus=0.5)


class Health(Model):
    """How often each container is asked (seconds), and how long a start may take."""

    interval: Seconds = 5
    timeout: Seconds = 5
    retries: int = Field(default=5, ge=1, le=60)
    start_period: Seconds = 60


class App(Model):
    """Any Django project: where it is, what it needs, and how it starts.

    `path` is relative to the project's folder. `requirements` (a file below `path`) is locked
    with hashes, or is locked when it is built. Commands are lists of arguments.
    """

    path: str = "app"
    requirements: str = "requirements.lock"
    wsgi: str = "config.wsgi:application"
    celery: str = "config.celery:app"
    settings: str = "config.settings"
    release: tuple[tuple[str, ...], ...] = (("python", "manage.py", "release"),)
    live_path: str = "/health/live"
    ready_path: str = "/health/ready"
    worker_health: tuple[str, ...] = ("python", "-m", "config.celery_health", "worker")
    beat_health: tuple[str, ...] = ("python", "-m", "config.celery_health", "beat")
    environment: Mapping[str, str] = {}
    mode: Literal["development", "staging", "production"] = "production"

    @field_validator("live_path", "ready_path")
    @classmethod
    def _starts_at_the_root(cls, path: str) -> str:
        if not path.startswith("/"):
            raise ValueError("a path starts with '/', for example /health/live")
        return path


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
    redis_cache: Redis = Redis()
    redis_queue: Redis = Redis()
    health: Health = Health()
    test_label: str | None = Field(default=None, description="set by tests on what they start")

    @property
    def prefix(self) -> str:
        """What every container, network and volume of this environment starts with."""
        return f"{self.name}-{self.stack}"

    @property
    def url(self) -> str:
        """The address that a person opens."""
        port = "" if self.edge.https_port == 443 else f":{self.edge.https_port}"
        return f"https://{self.edge.server_names[0]}{port}"

    @property
    def pool(self) -> int:
        """Most database connections of one process: one for each thread."""
        return self.service.threads

    @model_validator(mode="after")
    def _pools_fit(self) -> "Topology":
        wanted = self.service.workers * self.pool + self.worker.concurrency * 2 + 2
        spare = self.postgres.max_connections - 10
        if wanted > spare:
            raise ValueError(
                f"postgres.max_connections is {self.postgres.max_connections}: after 10 kept for"
                f" administration and replicas {spare} are left, and the pools may open {wanted}"
            )
        return self

    def container(self, component: str) -> str:
        """The container's name, which is also how `docker` and the smoke checks find it."""
        return f"{self.prefix}-{component}"

    def labels(self, component: str) -> dict[str, str]:
        """What marks an object as this environment's own."""
        labels = {
            "upshift.name": self.name,
            "upshift.stack": self.stack,
            "upshift.component": component,
        }
        if self.test_label:
            labels["upshift.test"] = self.test_label
        return labels


COMPONENTS = ("edge", "service", "worker", "beat", "postgres", "redis-cache", "redis-queue")


def stack_file(stack: str) -> Path:
    """Where a stack is described."""
    return PROJECT / "stacks" / f"Pulumi.{stack}.yaml"


def stack_names() -> list[str]:
    """Every stack that has a file."""
    found = (PROJECT / "stacks").glob("Pulumi.*.yaml")
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in found)


def load_topology(stack: str) -> Topology:
    """Read and check one environment. Raises TopologyError naming each wrong key and value."""
    path = stack_file(stack)
    if not path.is_file():
        known = ", ".join(stack_names()) or "none"
        raise TopologyError(
            f"there is no stack '{stack}'", where=str(path), hint=f"stacks that exist: {known}"
        )
    try:
        document = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise TopologyError("the file is no YAML", where=f"{path}: {error}") from error
    return parse_topology(document, stack=stack, where=path.name)


def parse_topology(document: Any, *, stack: str, where: str) -> Topology:
    """Check what a stack file holds under `upshift:topology`."""
    config = (document or {}).get("config") if isinstance(document, dict | None) else None
    described = (config or {}).get(CONFIG_KEY) if isinstance(config, dict | None) else None
    if not isinstance(described, dict):
        raise TopologyError(
            f"the file holds no '{CONFIG_KEY}'", where=where, hint=f"config: {{{CONFIG_KEY}: {{}}}}"
        )
    if described.get("stack", stack) != stack:
        raise TopologyError(
            f"two stacks with one name: this file is '{stack}', and says '{described['stack']}'",
            where=f"{where}: topology.stack",
            hint="leave 'stack' out: the file's name says it",
        )
    try:
        return Topology.model_validate({**_tuples(described), "stack": stack})
    except ValidationError as error:
        raise TopologyError(_explain(error), where=where, hint="ops config shows it") from error


def _tuples(value: Any) -> Any:
    """YAML knows lists only; the frozen model wants tuples."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _explain(error: ValidationError) -> str:
    """Each mistake on a line: the key, the value that was given, and what would be right."""
    lines = []
    for mistake in error.errors():
        key = ".".join(["topology", *map(str, mistake["loc"])])
        if mistake["type"] == "extra_forbidden":
            lines.append(f"{key}: unknown key")
        else:
            message = mistake["msg"].removeprefix("Value error, ")
            given = "" if isinstance(mistake["input"], dict | Model) else f"{mistake['input']!r}: "
            lines.append(f"{key}: {given}{message}")
    return "\n".join(lines)
