"""The edge: the component with published ports."""

from ipaddress import ip_address, ip_network
from typing import Literal

from pydantic import Field, field_validator, model_validator

from stacks.model import Mebibytes, Model, Port, Seconds
from stacks.topology.limits import Limits
from stacks.values import Host, Network

YEAR = 31_536_000  # seconds
# Measured, MiB and KiB: Nginx itself, its counters when they are full, and one client of TLS whose
# request has a body that just stays in memory.
NGINX_MEMORY, COUNTERS_MEMORY, CLIENT_MEMORY = 16, 36, 96


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


class Hsts(Model):
    """The Strict-Transport-Security header (RFC 6797).

    `max_age` in seconds; None leaves it to the kind of project (`stacks.files.nginx.hsts`).
    `subdomains` and `preload` are a promise for every name below this one, and the latter can
    hardly be taken back, so both are off.
    """

    max_age: int | None = Field(default=None, ge=0, le=315_360_000)
    subdomains: bool = False
    preload: bool = False

    @model_validator(mode="after")
    def _the_promise_is_whole(self) -> "Hsts":
        if (self.subdomains or self.preload) and not self.max_age:
            raise ValueError("subdomains and preload need a max_age, for example 31536000")
        if self.preload and (not self.subdomains or (self.max_age or 0) < YEAR):
            raise ValueError(f"preload needs subdomains: true and a max_age of at least {YEAR}")
        return self


class Edge(Model):
    """Nginx: what the world reaches. Ports are the host's; `bind` is the host's address.

    A body above 64 KiB waits on the disk: `uploads` of them at once, a quarter for one client.
    `answer_buffer` (MiB) is what of one answer waits there for a slow client. `tls: proxy` takes
    plain HTTP from `trusted_proxies` that have ended TLS. `headers: api` sets the strict headers
    of a JSON API, `project` leaves them to the project; None chooses by `app.path`.
    """

    bind: str = "127.0.0.1"
    http_port: Port = 8080
    https_port: Port = 8443
    server_names: tuple[Host, ...] = ("localhost", "127.0.0.1")
    certificate: Certificate = Certificate()
    public_port: Port | None = None
    tls: Literal["here", "proxy"] = "here"
    headers: Literal["api", "project"] | None = None
    hsts: Hsts = Hsts()
    source_maps: bool = False
    body_limit: Mebibytes = Field(default=16, description="largest request body, MiB")
    uploads: int = Field(default=32, ge=1, le=4096, description="large bodies at once")
    answer_buffer: int = Field(default=1, ge=1, le=1024, description="of one answer, MiB")
    requests_per_second: int = Field(default=200, ge=1, le=1_000_000, description="per address")
    connections: int = Field(default=100, ge=1, le=65_535, description="per address")
    timeout: Seconds = 30
    trusted_proxies: tuple[Network, ...] = ()
    cache: Cache = Cache()
    limits: Limits = Limits(memory=128, cpus=1.0)

    @property
    def url_port(self) -> int:
        """The port in the address that a person opens."""
        return self.public_port or (443 if self.tls == "proxy" else self.https_port)

    @property
    def has_ipv6(self) -> bool:
        """Whether clients connect over IPv6."""
        return ":" in self.bind

    @property
    def network(self) -> str:
        """The edge's network. With IPv6 another one: Docker cannot change one that exists."""
        return "front-ipv6" if self.has_ipv6 else "front"

    @property
    def published(self) -> tuple[str, ...]:
        """The host's addresses that the ports are opened on; `::` is every one of both kinds."""
        return ("0.0.0.0", "::") if self.bind == "::" else (self.bind,)

    @property
    def trusts_this_host(self) -> bool:
        """Whether a proxy on this host is trusted, which Docker shows by its gateway's address."""
        return any(ip_network(network).is_loopback for network in self.trusted_proxies)

    @property
    def uploads_of_one(self) -> int:
        """How many large bodies one client may send at once, so that others can too."""
        return max(1, min(self.uploads // 4, self.connections))

    @property
    def clients(self) -> int:
        """How many clients at once the memory is enough for, whatever they send."""
        left = self.limits.memory - self.cache.memory - NGINX_MEMORY - COUNTERS_MEMORY
        return max(0, left * 1024 // CLIENT_MEMORY)

    @property
    def room(self) -> int:
        """MiB of disk that request bodies may take."""
        return self.body_limit * self.uploads

    @field_validator("bind")
    @classmethod
    def _bound_to_an_address(cls, bind: str) -> str:
        try:
            return str(ip_address(bind.removeprefix("[").removesuffix("]")))
        except ValueError:
            raise ValueError("must be an address of this host, such as 127.0.0.1 or ::") from None

    @field_validator("server_names")
    @classmethod
    def _one_name_at_least(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names:
            raise ValueError("name at least one host, for example ['api.example.com']")
        if names[0].startswith("*"):
            raise ValueError("the first name is used in URLs, and cannot begin with '*'")
        return names

    @model_validator(mode="after")
    def _ports_differ(self) -> "Edge":
        if self.http_port == self.https_port:
            raise ValueError(f"port {self.http_port} is used twice: http_port and https_port")
        return self

    @model_validator(mode="after")
    def _a_proxy_is_trusted(self) -> "Edge":
        if self.tls == "proxy" and not self.trusted_proxies:
            raise ValueError("tls is 'proxy': set trusted_proxies to the proxy that terminates TLS")
        if self.trusts_this_host and not ip_address(self.bind).is_loopback:
            raise ValueError(
                f"trusted_proxies names this host, and bind is {self.bind}: any client of that"
                " address could pretend to be the proxy; bind 127.0.0.1 or ::1"
            )
        return self

    @model_validator(mode="after")
    def _the_cache_fits(self) -> "Edge":
        if self.cache.memory > self.limits.memory // 2:
            raise ValueError(
                f"cache.memory is {self.cache.memory} MiB, more than half of limits.memory"
            )
        return self

    @model_validator(mode="after")
    def _the_clients_fit(self) -> "Edge":
        if self.connections > self.clients:
            raise ValueError(
                f"connections is {self.connections} per address, and limits.memory of"
                f" {self.limits.memory} MiB is enough for {self.clients} clients in total"
            )
        return self
