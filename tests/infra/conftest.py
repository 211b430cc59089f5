"""The Pulumi program under mocks: what it asks for, without a Docker engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from pulumi.runtime import Mocks

from infra.phases import phase1
from stacks.loading import load_topology
from stacks.topology import Topology
from stacks.user_secrets import VALUES, StoredSecret

Failures = tuple[dict[Any, Any], list[tuple[str, str]] | None]


@dataclass
class Asked:
    """One resource that the program asked for."""

    type: str
    name: str
    inputs: Mapping[str, Any]


@dataclass
class Engine(Mocks):
    """Answers like the engine, and keeps what was asked."""

    asked: list[Asked] = field(default_factory=list)
    waited_for: list[str] = field(default_factory=list)
    limited: dict[str, int] = field(default_factory=dict)

    def call(self, args: pulumi.runtime.MockCallArgs) -> Failures:
        """The program calls no function of a provider."""
        raise AssertionError(f"unexpected call of {args.token}")

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[Any, Any]]:
        """Every resource is made at once; a job ends well."""
        self.asked.append(Asked(type=args.typ, name=args.name, inputs=dict(args.inputs)))
        outputs = dict(args.inputs)
        if args.typ == "docker:index/container:Container":
            outputs |= {"exitCode": 0, "containerLogs": ""}
        if args.typ == "docker:index/remoteImage:RemoteImage":
            outputs |= {"imageId": f"sha256:{args.name}"}
        if "pulumi-python" in args.typ:
            outputs |= {"value": "made-up", "certificate": "PEM", "key": "PEM"}
        return f"{args.name}-id", outputs

    async def limit(self, container: str, *, processes: int, missing_ok: bool = False) -> str:
        """Keep the limit of processes that a container is given."""
        self.limited[container] = processes
        return container

    def containers(self) -> dict[str, Mapping[str, Any]]:
        """Inputs of each container, by component."""
        kind = "docker:index/container:Container"
        made = [asked.inputs for asked in self.asked if asked.type == kind]
        return {label_of(inputs, "upshift.component"): inputs for inputs in made}


def label_of(inputs: Mapping[str, Any], name: str) -> str:
    """The value of a container's label; empty without one."""
    return "".join(str(each["value"]) for each in inputs["labels"] if each["label"] == name)


def build(topology: Topology) -> None:
    """The phase's program; what it makes goes to the mock engine."""
    phase1.build(topology)


def engine_for(
    topology: Topology,
    monkeypatch: pytest.MonkeyPatch,
    *,
    own_secrets: Sequence[StoredSecret] = (),
) -> Engine:
    """Run the phase's program for a topology, with no release job on this machine."""
    monkeypatch.setattr("infra.docker.release_attempt.output_of", lambda _args: None)
    engine = Engine()

    async def wait_until_ready(container: str, *, seconds: float) -> None:
        assert seconds == topology.health.start_period + 60
        engine.waited_for.append(container)

    monkeypatch.setattr("infra.docker.process_limit.apply_limit", engine.limit)

    async def roll_out(
        topology: Topology, *, containers: Mapping[str, str], instances: Mapping[str, str]
    ) -> None:
        assert set(containers) == set(instances)
        engine.waited_for.extend(containers.values())

    async def loaded_version(_topology: Topology) -> str:
        return ""

    monkeypatch.setattr("infra.docker.readiness.wait_until_ready", wait_until_ready)
    monkeypatch.setattr("infra.components.rollout.roll_out", roll_out)
    monkeypatch.setattr("infra.docker.edge_config.loaded_version", loaded_version)
    monkeypatch.setattr("infra.docker.instance.output_of", lambda _args: None)
    pulumi.runtime.set_mocks(engine, project="upshift", stack=topology.stack)
    values = {f"{VALUES}:{secret.name}": f"made-up {secret.name}" for secret in own_secrets}
    pulumi.runtime.set_all_config(values, list(values))

    for module in ("infra.components.user_secrets", "infra.components.project"):
        monkeypatch.setattr(f"{module}.load_secrets", lambda _stack: tuple(own_secrets))

    pulumi.runtime.test(lambda: build(topology))()
    return engine


@pytest.fixture(params=["dev", "staging", "production"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The program of each stack."""
    return engine_for(load_topology(request.param), monkeypatch)
