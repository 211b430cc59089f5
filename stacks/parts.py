"""The parts of an environment that the toolkit brings: the edge, the processes, the data."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from stacks.model import Cpus, Mebibytes, Model, Name, Port, Seconds
from stacks.values import Host, Network


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


class Cache(Model):
    """The edge's own cache for `app.public_paths`, in memory.

    `seconds` holds for an answer that says `public` and no age; `memory` in MiB, 0 for no cache.
    """

    seconds: Seconds = 1
    memory: int = Field(default=8, ge=0, le=4096)


class Edge(Model):
    """Nginx: what the world reaches. Ports are the host's; `bind` is the host's address."""

    bind: str = "127.0.0.1"
    http_port: Port = 8080
    https_port: Port = 8443
    server_names: tuple[Host, ...] = ("localhost", "127.0.0.1")
    certificate: Certificate = Certificate()
    body_limit: Mebibytes = Field(default=16, description="largest request body, MiB")
    requests_per_second: int = Field(default=200, ge=1, le=1_000_000, description="per address")
    connections: int = Field(default=100, ge=1, le=65_535, description="per address")
    timeout: Seconds = 30
    trusted_proxies: tuple[Network, ...] = ()
    cache: Cache = Cache()
    limits: Limits = Limits(memory=128, cpus=1.0)

    @field_validator("server_names")
    @classmethod
    def _one_name_at_least(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names:
            raise ValueError("name at least one host, for example ['api.example.com']")
        if names[0].startswith("*"):
            raise ValueError("the first name is the printed one, and cannot begin with '*'")
        return names

    @model_validator(mode="after")
    def _ports_differ(self) -> "Edge":
        if self.http_port == self.https_port:
            raise ValueError(f"port {self.http_port} is used twice: http_port and https_port")
        return self

    @model_validator(mode="after")
    def _the_cache_fits(self) -> "Edge":
        if self.cache.memory > self.limits.memory // 2:
            raise ValueError(
                f"cache.memory is {self.cache.memory} MiB, more than half of limits.memory"
            )
        return self


class Service(Model):
    """Gunicorn: worker processes, threads in each, and its limits. `timeout` in seconds."""

    workers: int = Field(default=2, ge=1, le=256)
    threads: int = Field(default=2, ge=1, le=64)
    timeout: Seconds = 30
    limits: Limits = Limits(memory=512, cpus=2.0)


class Worker(Model):
    """Celery's worker: its processes and limits.

    `stop_grace` is seconds from the signal to the end; what runs may finish in the first of them.
    """

    concurrency: int = Field(default=2, ge=1, le=256)
    stop_grace: int = Field(default=30, ge=15, le=3600)
    limits: Limits = Limits(memory=512, cpus=1.0)


class Beat(Model):
    """Celery's clock, one for an environment."""

    limits: Limits = Limits(memory=192, cpus=0.5)


# Names that PostgreSQL or its pg_hba.conf gives a meaning of its own.
TAKEN_DATABASES = {"all", "replication", "sameuser", "samerole", "samegroup"} | {
    *("postgres", "template0", "template1")
}
TAKEN_USERS = {"all", "none", "public", "postgres", "replicator"}


class Postgres(Model):
    """PostgreSQL. `max_connections` must cover every pool; `statement_timeout` in seconds."""

    database: Name = "app"
    user: Name = "app"
    max_connections: int = Field(default=100, ge=10, le=10_000)
    statement_timeout: Seconds = 30
    limits: Limits = Limits(memory=512, cpus=2.0)

    @field_validator("database")
    @classmethod
    def _database_is_free(cls, name: str) -> str:
        if name in TAKEN_DATABASES:
            raise ValueError("a name of PostgreSQL's own; take another, for example 'app'")
        return name

    @field_validator("user")
    @classmethod
    def _user_is_free(cls, name: str) -> str:
        if name in TAKEN_USERS:
            raise ValueError("a name of PostgreSQL's own; take another, for example 'app'")
        return name


class Redis(Model):
    """One Redis: a cache and a queue never share one, since they do not share a policy."""

    limits: Limits = Limits(memory=128, cpus=0.5)


class Health(Model):
    """How often each container is asked (seconds), and how long a start may take.

    Each question is a process that Docker starts in the container: about 90 ms of a core. What
    waits for a start asks by itself (`infra.ready`).
    """

    interval: Seconds = 15
    timeout: Seconds = 5
    retries: int = Field(default=3, ge=1, le=60)
    start_period: Seconds = 60
