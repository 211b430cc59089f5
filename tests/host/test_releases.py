"""What a release leaves behind: one live instance of each process, and an edge that knows it."""

import pytest

from ops.runtime.docker import containers
from stacks.files.nginx import LOOPBACK_PORT
from stacks.instances import INSTANCED, LABEL, LIVE_SOCKET
from stacks.topology import COMPONENTS
from tests.host.environment import Environment


@pytest.mark.parametrize("component", INSTANCED)
def test_one_instance_runs_and_no_other_is_left(environment: Environment, component: str) -> None:
    found = [one for one in containers.every(environment.topology) if one.component == component]
    assert [one.name for one in found if one.active] == [environment.name(component)]
    stopped = [one.name for one in found if not one.active]
    assert stopped == [], "successors that did not become ready; docker logs tells why"


def test_the_edge_sends_to_the_live_service(environment: Environment) -> None:
    instance = environment.container("service")["Config"]["Labels"][LABEL]
    pointed = environment.ask("edge", f"readlink {LIVE_SOCKET}")
    assert pointed.stdout.strip() == f"{instance}.sock", pointed.stderr
    assert environment.ask("edge", f"test -S {LIVE_SOCKET}").code == 0


def test_the_edge_has_loaded_the_settings_that_it_was_given(environment: Environment) -> None:
    url = f"https://127.0.0.1:{LOOPBACK_PORT}/settings"
    loaded = environment.ask("edge", f"curl -fsk {url}").stdout.strip()
    given = environment.ask("edge", "cat /run/upshift/version.conf").stdout
    assert loaded and f'"{loaded}' in given, f"loaded {loaded}, given {given}"


@pytest.mark.parametrize("component", COMPONENTS)
def test_its_health_is_asked_for_as_described(environment: Environment, component: str) -> None:
    topology = environment.topology
    check, wanted = environment.container(component)["Config"]["Healthcheck"], topology.health
    assert check["Retries"] == wanted.retries
    seconds = {key: check[key] / 1e9 for key in ("Interval", "Timeout", "StartPeriod")}
    assert seconds == {
        "Interval": wanted.interval,
        "Timeout": wanted.timeout,
        "StartPeriod": wanted.start_period,
    }
    commands = {"worker": topology.app.worker_health, "beat": topology.app.beat_health}
    if component in commands:
        assert check["Test"] == ["CMD", *commands[component]]


def test_the_schedule_of_beat_outlives_its_container(environment: Environment) -> None:
    if "beat" not in environment.topology.components:
        pytest.skip("the topology has no app.celery")
    mounts = {mount["Destination"]: mount for mount in environment.container("beat")["Mounts"]}
    assert mounts["/var/lib/beat"]["Type"] == "volume"
    answer = environment.ask("beat", "stat -c '%a %u' /var/lib/beat && test -w /var/lib/beat")
    assert answer.stdout.split() == ["700", "10001"] and answer.code == 0, answer.stdout
