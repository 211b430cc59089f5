"""Every kind of change of a container reaches Docker, with the real engine and provider.

The provider says "updated" of some properties and leaves the container as it was: each container
here is made with one value of one property, and then described with another one.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pulumi
import pulumi_docker as docker
import pytest
from pulumi import automation

from infra.docker.container_arguments import Place, Program, running_arguments
from infra.docker.provider_values import replaced_on_change
from ops.engine.environment import variables
from ops.runtime.docker import containers
from stacks.topology import Topology
from stacks.topology.limits import Limits
from stacks.versions import BASE_IMAGE
from tests.journey.conftest import docker as run_docker

pytestmark = pytest.mark.journey
Item = Mapping[str, Any]


def health(*words: str, interval: str = "30s") -> docker.ContainerHealthcheckArgs:
    """A health check of the provider's."""
    return docker.ContainerHealthcheckArgs(
        tests=["CMD", *words], interval=interval, timeout="5s", retries=3, start_period="1s"
    )


def label(value: str) -> list[docker.ContainerLabelArgs]:
    """One label more than the toolkit's own; see `described`."""
    return [docker.ContainerLabelArgs(label="colour", value=value)]


# What changes -> the argument, its first and its second value, and where Docker shows it.
CHANGES: dict[str, tuple[str, Any, Any, Callable[[Item], Any]]] = {
    "health-command": (
        *("healthcheck", health("true"), health("test", "-d", "/")),
        lambda item: item["Config"]["Healthcheck"]["Test"],
    ),
    "health-interval": (
        *("healthcheck", health("true"), health("true", interval="20s")),
        lambda item: item["Config"]["Healthcheck"]["Interval"],
    ),
    "tmpfs": (
        *("tmpfs", {"/tmp": "size=1m"}, {"/tmp": "size=2m"}),
        lambda item: item["HostConfig"]["Tmpfs"],
    ),
    "init": ("init", True, False, lambda item: item["HostConfig"]["Init"]),
    "command": ("command", ["true"], ["false"], lambda item: item["Config"]["Cmd"]),
    "environment": ("envs", ["A=1"], ["A=2"], lambda item: item["Config"]["Env"]),
    "labels": ("labels", label("red"), label("blue"), lambda item: item["Config"]["Labels"]),
    "memory": ("memory", 32, 48, lambda item: item["HostConfig"]["Memory"]),
    "cpus": ("cpus", "0.1", "0.2", lambda item: item["HostConfig"]["NanoCpus"]),
    "shared-memory": ("shm_size", 64, 32, lambda item: item["HostConfig"]["ShmSize"]),
    "restart": ("restart", "no", "always", lambda item: item["HostConfig"]["RestartPolicy"]),
    "stop-timeout": ("stop_timeout", 5, 6, lambda item: item["Config"]["StopTimeout"]),
    "stop-signal": ("stop_signal", "SIGTERM", "SIGINT", lambda item: item["Config"]["StopSignal"]),
    "log": (
        *("log_opts", {"max-size": "1m"}, {"max-size": "2m"}),
        lambda item: item["HostConfig"]["LogConfig"],
    ),
}
# Changed in the container as it is: the others are made anew.
IN_PLACE = {"memory", "restart"}


def described(topology: Topology, name: str, *, second: bool) -> None:
    """One container for one change; it is made and not started."""
    key, before, after, _ = CHANGES[name]
    program = Program(
        image=BASE_IMAGE, uid=10001, limits=Limits(memory=32, cpus=0.1), health=["true"]
    )
    arguments = running_arguments(
        topology, name, program=program, place=Place(networks=[f"{topology.prefix}-front"])
    )
    given = after if second else before
    arguments[key] = [*arguments[key], *given] if key == "labels" else given
    arguments |= {"start": False, "must_run": False, "memory_swap": -1}
    arguments["networks_advanced"] = []
    docker.Container(
        name, docker.ContainerArgs(**arguments), replaced_on_change(pulumi.ResourceOptions())
    )


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    """Each container by name as Docker shows it, before the changes and after them."""
    stack = f"journey-{secrets.token_hex(3)}"
    topology = Topology(stack=stack, test_label=stack)
    folder = tmp_path_factory.mktemp("state")
    backend = {"PULUMI_BACKEND_URL": f"file://{folder}", "PULUMI_CONFIG_PASSPHRASE": "none"}
    described_now = ["first"]

    def program() -> None:
        for name in CHANGES:
            described(topology, name, second=described_now == ["second"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", variables()["PATH"])  # where Pulumi is
        made = automation.create_or_select_stack(
            stack_name=stack,
            project_name="provider",
            program=program,
            opts=automation.LocalWorkspaceOptions(env_vars={**variables(), **backend}),
        )
        try:
            made.up()
            before = _look(topology)
            described_now[:] = ["second"]
            made.up()
            yield before, _look(topology)
        finally:
            made.destroy()
            left = run_docker("ps", "-aq", "--filter", f"label=upshift.test={stack}").split()
            if left:
                run_docker("rm", "-f", *left)


def _look(topology: Topology) -> dict[str, Item]:
    names = [topology.container(name) for name in CHANGES]
    items = {item["Name"].lstrip("/"): item for item in containers.inspect(*names)}
    return {name: items[topology.container(name)] for name in CHANGES}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_reaches_the_container(seen: tuple[Any, Any], name: str) -> None:
    before, after = seen
    shown = CHANGES[name][3]
    assert shown(before[name]) != shown(after[name]), "the provider changed it in name only"
    assert (before[name]["Id"] == after[name]["Id"]) == (name in IN_PLACE)
