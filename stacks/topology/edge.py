"""The edge: what the world reaches."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from stacks.model import Mebibytes, Model, Port, Seconds
from stacks.topology.limits import Limits
from stacks.values import Host, Network


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
