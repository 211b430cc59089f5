"""An environment of the test's own: its name, ports, state and label; removed at the end."""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.runtime.docker import containers
from stacks.instances import INSTANCED
from stacks.loading import stack_file
from stacks.topology import PROJECT, Topology

PREFIX = "upshift-"


@dataclass
class Journey:
    """One stack that a test owns, driven by the same command that a person types."""

    stack: str
    backend: Path
    described: dict[str, Any]
    environment: dict[str, str] = field(default_factory=dict)
    through: list[str] = field(default_factory=list)

    def describe(self, **changes: Any) -> None:
        """Write the stack's file; `changes` replace whole parts of the topology."""
        self.described |= changes
        path = stack_file(self.stack)
        document = yaml.safe_load(path.read_text()) if path.exists() else {}
        config = document.setdefault("config", {})
        config["upshift:topology"] = self.described  # what `ops secret set` keeps there stays
        path.write_text(yaml.safe_dump(document))

    def ops(
        self, *words: str, timeout: float = 600, given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run `ops` for this stack and return what it said; `given` is its standard input."""
        return subprocess.run(
            self.command(*words),
            cwd=PROJECT,
            env=self.variables(),
            capture_output=True,
            text=True,
            timeout=timeout,
            input=given,
        )

    def variables(self) -> dict[str, str]:
        """The environment of every command for this stack."""
        return {**os.environ, **self.environment}

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start `ops` for this stack; both its outputs come through one pipe."""
        return subprocess.Popen(
            self.command(*words),
            cwd=PROJECT,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    def command(self, *words: str) -> list[str]:
        """As typed, `through` another program where a test wants that."""
        verb = 2 if words[0] in ("secret", "state") else 1
        typed = [*words[:verb], self.stack, *words[verb:]]
        return [*self.through, sys.executable, "-m", "ops.cli", *typed]

    def pulumi_up(self) -> None:
        """Plain `pulumi up`."""
        self.pulumi("up", "--yes", "--skip-preview", "--non-interactive")

    def pulumi(self, *words: str, given: str = "") -> str:
        """Plain Pulumi, in the environment that `ops env` gives; returns what it wrote."""
        script = f'eval "$({sys.executable} -m ops.cli env)" && pulumi "$@"'
        done = subprocess.run(
            ["sh", "-c", script, "sh", *words, "--stack", self.stack],
            cwd=PROJECT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            input=given,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def container(self, component: str) -> str:
        """The name of the container that runs a component now."""
        if component not in INSTANCED:
            return f"{PREFIX}{self.stack}-{component}"
        return containers.current(Topology(stack=self.stack))[component].name

    def objects(self, kind: str) -> set[str]:
        """Names of this journey's containers, networks or volumes, by its label."""
        listing = {
            "container": ["ps", "-a", "--format", "{{.Names}}"],
            "network": ["network", "ls", "--format", "{{.Name}}"],
            "volume": ["volume", "ls", "--format", "{{.Name}}"],
        }[kind]
        found = docker(*listing, "--filter", f"label=upshift.test={self.stack}")
        return set(found.split())

    def clean(self) -> None:
        """Remove what is left, by this journey's own label only."""
        for kind, remove in {
            "container": ["rm", "-f", "-v"],
            "network": ["network", "rm"],
            "volume": ["volume", "rm"],
        }.items():
            if left := self.objects(kind):
                docker(*remove, *sorted(left))
        stack_file(self.stack).unlink(missing_ok=True)


def docker(*words: str) -> str:
    """Run docker; a failure fails the test with what it said."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def free_port() -> int:
    """A port that nothing uses just now.

    Below those that the system gives to outgoing connections: one of them could take it meanwhile.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def new_journey(backend: Path) -> Journey:
    """A described stack that is not up yet; `backend` is the folder of its state."""
    stack = f"journey-{secrets.token_hex(3)}"
    described = {
        "test_label": stack,
        "edge": {"http_port": free_port(), "https_port": free_port()},
        "service": {"workers": 1, "threads": 2, "limits": {"memory": 384, "cpus": 1.5}},
        "worker": {"concurrency": 1, "limits": {"memory": 384, "cpus": 1.0}},
        "health": {"interval": 2},
    }
    made = Journey(stack=stack, backend=backend, described=described)
    made.environment = {
        "UPSHIFT_BACKEND": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(16),
        "NO_COLOR": "1",
    }
    made.describe()
    return made


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """A journey of this module's own, removed at its end."""
    made = new_journey(tmp_path_factory.mktemp("state"))
    yield made
    made.clean()
