"""A running stack as a visitor reaches it: by its name, and with its own authority."""

import os
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.journey import programs
from tests.journey.browser import Browser, browser
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


@contextmanager
def visitor_of(
    journey: Journey, *, name: str, port: int, authority: Path, home: Path
) -> Iterator[Browser]:
    """A real browser that trusts the stack's authority and nothing else about it.

    `name` and `port` are the edge's as in the address; `home` an empty folder.
    """
    programs.browser()
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    for words in (
        ["-N", "--empty-password"],
        ["-A", "-n", "the stack's", "-t", "C,,", "-i", str(authority)],
    ):
        subprocess.run(["certutil", "-d", f"sql:{store}", *words], check=True, capture_output=True)
    names, through = beside_the_edge(journey, name=name, port=port)
    with browser(profile=home, names=names, through=through) as opened:
        yield opened


def beside_the_edge(journey: Journey, *, name: str, port: int) -> tuple[str, list[str]]:
    """How the browser finds the edge: in the network of its container, where root may go.

    A browser gives up what it is loading whenever an interface of its machine comes or goes, and
    each container that anybody starts or stops is one. It can reach nothing else from there.
    """
    if os.geteuid() != 0:
        return f"MAP {name} 127.0.0.1", []
    edge = journey.container("edge")
    process = docker("inspect", "--format", "{{.State.Pid}}", edge).strip()
    names = f"MAP {name}:{port} 127.0.0.1:8443"
    return names, ["nsenter", f"--target={process}", "--net"]
