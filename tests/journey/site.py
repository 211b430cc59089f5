"""A running stack as a visitor reaches it: by its name, and with its own authority."""

import os
import ssl
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.journey.conftest import Journey, docker

NAME = "service.upshift.test"


@dataclass
class Site:
    """A running stack, and how to reach it by its name."""

    journey: Journey
    authority: Path
    ports: dict[int, int]

    @property
    def address(self) -> str:
        """Where it is, for whoever resolves the name."""
        return f"https://{NAME}:{self.ports[443]}"

    def client(self) -> httpx.Client:
        """A client that trusts the stack's authority, and finds the name on this machine."""
        trust = ssl.create_default_context(cafile=str(self.authority))
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.ports[443]}",
            headers={"Host": f"{NAME}:{self.ports[443]}"},
            verify=trust,
            http2=True,
            timeout=20,
        )

    def inside(self, component: str, *command: str, **given: str) -> str:
        """Run a command in a container."""
        options = [word for name, value in given.items() for word in ("-e", f"{name}={value}")]
        return docker("exec", *options, self.journey.container(component), *command)


def beside_the_edge(site: Site) -> tuple[str, list[str]]:
    """How the browser finds the edge: in the network of its container, where root may go.

    A browser gives up what it is loading whenever an interface of its machine comes or goes, and
    each container that anybody starts or stops is one. It can reach nothing else from there.
    """
    if os.geteuid() != 0:
        return f"MAP {NAME} 127.0.0.1", []
    edge = site.journey.container("edge")
    process = docker("inspect", "--format", "{{.State.Pid}}", edge).strip()
    names = f"MAP {NAME}:{site.ports[443]} 127.0.0.1:8443"
    return names, ["nsenter", f"--target={process}", "--net"]
