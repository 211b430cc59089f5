"""What the smoke checks look at: one environment's containers, and a way to ask inside them."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from typing import Any

import httpx
import pytest
import testinfra

from ops.runtime.docker import containers
from stacks.topology import CELERY, COMPONENTS, Topology
from stacks.topology.app import Exchange
from stacks.topology.limits import Limits
from stacks.values import in_url

USERS = {
    "edge": 10002,
    "service": 10001,
    "worker": 10001,
    "beat": 10001,
    "release": 10001,
    "postgres": 10003,
    "redis-cache": 10004,
    "redis-queue": 10004,
}
JOB = "release"
TOKEN = "/run/upshift/smoke-token"


@dataclass(frozen=True)
class Answer:
    """What a command inside a container said."""

    code: int
    stdout: str
    stderr: str


class Environment:
    """A running stack, asked through `docker inspect`, `docker exec` and the edge."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology

    @cached_property
    def containers(self) -> Mapping[str, Mapping[str, Any]]:
        """Component -> what Docker knows about its container; one call for all of them."""
        now = containers.current(self.topology)
        parts = {one.id: part for part, one in now.items() if part in (*COMPONENTS, JOB)}
        return {parts[each["Id"]]: each for each in containers.inspect(*parts)}

    def container(self, component: str) -> Mapping[str, Any]:
        """What Docker knows about one container; fails when there is none.

        Without `app.celery` nothing can be said of worker and beat: the check is skipped.
        """
        if component in CELERY and component not in self.topology.components:
            pytest.skip("the topology has no app.celery")
        name = self.topology.container(component)
        assert component in self.containers, f"there is no container {name}"
        return self.containers[component]

    def health(self, component: str) -> str:
        """Its health now, as `ops` tells it and as an `up` waits for it.

        One that is starting is given the time that the topology allows.
        """
        deadline = time.monotonic() + self.topology.health.start_period
        while True:
            (item,) = containers.inspect(self.container(component)["Id"])
            told = containers.health_of(item)
            if told != "starting" or time.monotonic() > deadline:
                return told
            time.sleep(0.25)

    def name(self, component: str) -> str:
        """The name of the container that runs a component now."""
        return str(self.container(component)["Name"]).removeprefix("/")

    def ask(self, component: str, command: str) -> Answer:
        """Run a shell command inside a container, as the container's own user."""
        host = testinfra.get_host(f"docker://{self.name(component)}")
        done = host.run(command)
        return Answer(code=done.rc, stdout=done.stdout, stderr=done.stderr)

    def smoke_headers(self, exchange: Exchange) -> dict[str, str]:
        """The headers of an exchange, with the token of the smoke checks in them."""
        if not any("{token}" in value for value in exchange.headers.values()):
            return dict(exchange.headers)
        told = self.ask("service", f"cat {TOKEN}")
        assert told.code == 0, f"the smoke checks' token cannot be read: {told.stderr}"
        token = told.stdout.strip()
        return {name: value.replace("{token}", token) for name, value in exchange.headers.items()}

    def address(self, component: str) -> str:
        """One address that the component has on its networks."""
        networks = self.container(component)["NetworkSettings"]["Networks"].values()
        addresses: list[str] = [each["IPAddress"] for each in networks if each["IPAddress"]]
        assert addresses, f"{component} is on no network"
        return addresses[0]

    def limits(self, component: str) -> Limits:
        """What the topology allows the component."""
        part = getattr(self.topology, component.replace("-", "_"))
        limits: Limits = part.limits
        return limits


@dataclass(frozen=True)
class EdgeAddress:
    """The edge as a client sees it: where to connect, which name to ask for, whom to trust."""

    host: str
    name: str
    http_port: int
    https_port: int
    authority: str
    url_port: int = 443

    @classmethod
    def of(cls, environment: Environment) -> "EdgeAddress":
        """The edge's address. The last certificate that the edge serves is the one to trust."""
        edge = environment.topology.edge
        served = environment.ask("edge", "cat /run/upshift/tls.crt")
        assert served.code == 0, f"the edge's certificate cannot be read: {served.stderr}"
        begin = "-----BEGIN CERTIFICATE-----"
        assert begin in served.stdout, "the edge's tls.crt holds no certificate"
        return cls(
            host="127.0.0.1" if ip_address(edge.bind).is_unspecified else edge.bind,
            name=edge.server_names[0],
            http_port=edge.http_port,
            https_port=edge.https_port,
            url_port=edge.url_port,
            authority=begin + served.stdout.rpartition(begin)[2],
        )

    def trust(self) -> ssl.SSLContext:
        """Trust this environment's authority, and nobody else."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # A user's own files may end with an intermediate certificate.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=self.authority)
        return context

    @property
    def authority_name(self) -> str:
        """The Host header of a browser that opened the HTTPS address."""
        name = in_url(self.name)
        return name if self.https_port == 443 else f"{name}:{self.https_port}"

    def url(self, path: str) -> str:
        """An HTTPS address that connects to the edge whatever DNS says."""
        return f"https://{in_url(self.host)}:{self.https_port}{path}"

    def plain(self, path: str, **headers: str) -> httpx.Response:
        """What plain HTTP answers."""
        url = f"http://{in_url(self.host)}:{self.http_port}{path}"
        given = {"Host": in_url(self.name), **headers}
        return httpx.get(url, headers=given, timeout=10, trust_env=False)

    def client(self) -> httpx.Client:
        """A client that speaks HTTP/2, checks the certificate, and does not follow redirects."""
        client = httpx.Client(
            http2=True,
            verify=self.trust(),
            base_url=self.url(""),
            headers={"Host": self.authority_name},
            timeout=10,
            trust_env=False,
        )
        client.event_hooks["request"].append(self._ask_for_the_name)
        return client

    def _ask_for_the_name(self, request: httpx.Request) -> None:
        request.extensions["sni_hostname"] = self.name
