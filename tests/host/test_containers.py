"""The containers are there, well, confined, and as big as the topology says."""

from collections.abc import Mapping

import pytest
import testinfra

from ops.runtime.docker import containers
from stacks.health import describe_failure
from stacks.loading import load_secrets
from stacks.memory import password_hashes
from stacks.processes import process_limit
from stacks.secret_variables import secret_variables
from stacks.topology import COMPONENTS
from stacks.user_secrets import FOLDER as SECRETS_FOLDER
from tests.host.environment import JOB, USERS, Environment

Facts = Mapping[str, list[list[str]]]
EVERYTHING = (*COMPONENTS, JOB)
SECRETS = {
    "edge": {"tls.key"},
    "service": {
        *("secret-key", "jwt-keys", "database-password", "cache-password", "queue-password"),
        *("metrics-token", "smoke-token"),
    },
    "worker": {"secret-key", "jwt-keys", "database-password", "cache-password", "queue-password"},
    "beat": {"secret-key", "jwt-keys", "database-password", "cache-password", "queue-password"},
    "postgres": {"database-password", "replication-password"},
    "redis-cache": {"auth.conf"},
    "redis-queue": {"auth.conf"},
}
FREE_KIB = 1024 * 1024


def said(facts: Facts, component: str, *, about: str) -> list[str]:
    """The rest of each line that starts with `about`."""
    found = [" ".join(line[1:]) for line in facts[component] if line[0] == about]
    assert found, f"{component} said nothing about {about}: {facts[component]}"
    return found


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_container_runs_and_is_healthy(environment: Environment, component: str) -> None:
    state = environment.container(component)["State"]
    assert state["Status"] == "running"
    assert "Health" in state, f"{component} has no health check"
    told = environment.health(component)
    *_, last = state["Health"].get("Log") or [{"ExitCode": "?", "Output": ""}]
    assert told == "healthy", describe_failure(
        environment.container(component), code=last["ExitCode"], answer=last["Output"]
    )


def test_the_release_job_ended_well(environment: Environment) -> None:
    state = environment.container(JOB)["State"]
    assert (state["Status"], state["ExitCode"]) == ("exited", 0)


@pytest.mark.parametrize("component", EVERYTHING)
def test_the_container_is_labelled(environment: Environment, component: str) -> None:
    labels = environment.container(component)["Config"]["Labels"]
    expected = environment.topology.labels(component)
    assert {key: labels.get(key) for key in expected} == expected


@pytest.mark.parametrize("component", EVERYTHING)
def test_the_container_is_confined(environment: Environment, component: str) -> None:
    container = environment.container(component)
    host = container["HostConfig"]
    assert container["Config"]["User"].split(":")[0] == str(USERS[component])
    assert host["ReadonlyRootfs"] is True
    assert host["Privileged"] is False
    assert host["CapDrop"] in (["ALL"], ["CAP_ALL"])
    assert not host["CapAdd"]
    assert {"no-new-privileges", "no-new-privileges:true"} & set(host["SecurityOpt"] or [])


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_kernel_agrees_that_it_is_confined(facts: Facts, component: str) -> None:
    assert said(facts, component, about="user") == [str(USERS[component])]
    assert said(facts, component, about="NoNewPrivs") == ["1"]
    assert int(said(facts, component, about="CapEff")[0], 16) == 0
    assert int(said(facts, component, about="CapBnd")[0], 16) == 0
    assert said(facts, component, about="root") == ["sealed"]


@pytest.mark.parametrize("component", COMPONENTS)
def test_memory_and_cpus_are_limited_as_described(environment: Environment, component: str) -> None:
    host = environment.container(component)["HostConfig"]
    wanted = environment.limits(component)
    cpus = host["NanoCpus"] / 1e9 or host["CpuQuota"] / (host["CpuPeriod"] or 100_000)
    assert host["Memory"] == wanted.memory * 1024 * 1024
    assert cpus == pytest.approx(wanted.cpus)


@pytest.mark.parametrize("component", EVERYTHING)
def test_processes_are_limited_as_described(environment: Environment, component: str) -> None:
    host = environment.container(component)["HostConfig"]
    assert host["PidsLimit"] == process_limit(environment.topology, component)


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_kernel_agrees_on_the_limit_of_processes(
    facts: Facts, environment: Environment, component: str
) -> None:
    assert said(facts, component, about="processes") == [
        str(process_limit(environment.topology, component))
    ]


def test_passwords_hashed_at_once_fit_the_memory(environment: Environment) -> None:
    wanted = password_hashes(environment.topology)
    assert f"PASSWORD_HASHES_AT_ONCE={wanted}" in environment.container("service")["Config"]["Env"]


def test_the_release_job_is_limited(environment: Environment) -> None:
    assert environment.container(JOB)["HostConfig"]["Memory"] > 0


def test_the_worker_has_the_time_to_end_that_is_described(environment: Environment) -> None:
    worker = environment.container("worker")["Config"]
    grace = environment.topology.worker.stop_grace
    assert worker["StopTimeout"] == grace
    assert f"WORKER_STOP_GRACE={grace}" in worker["Env"]


@pytest.mark.parametrize("component", EVERYTHING)
def test_the_log_is_rotated(environment: Environment, component: str) -> None:
    log = environment.container(component)["HostConfig"]["LogConfig"]
    assert log["Type"] in ("json-file", "local")
    assert log["Type"] == "local" or "max-size" in log["Config"]


@pytest.mark.parametrize("component", COMPONENTS)
def test_secrets_are_files_that_only_their_owner_reads(facts: Facts, component: str) -> None:
    files = [line.split() for line in said(facts, component, about="file")]
    modes = {path.rpartition("/")[2]: (mode, owner) for path, mode, owner in files}
    secrets = {name: modes.get(name) for name in SECRETS[component]}
    assert secrets == {name: ("400", str(USERS[component])) for name in SECRETS[component]}


@pytest.mark.parametrize("component", ["service", "worker", "beat"])
def test_the_users_secrets_are_files_of_the_app_alone(
    facts: Facts, environment: Environment, component: str
) -> None:
    stored = load_secrets(environment.topology.stack)
    files = [line.split() for line in said(facts, component, about="file")]
    found = {
        path: (mode, owner) for path, mode, owner in files if path.startswith(f"{SECRETS_FOLDER}/")
    }
    assert found == {secret.path: ("400", str(USERS[component])) for secret in stored}
    given = environment.container(component)["Config"]["Env"]
    assert {f"{secret.variable}={secret.path}" for secret in stored} <= set(given)


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_environment_holds_no_secret(environment: Environment, component: str) -> None:
    given = dict(each.split("=", 1) for each in environment.container(component)["Config"]["Env"])
    assert given, f"{component} has no environment at all"
    suspects = secret_variables(given, allowed=environment.topology.app.not_secret)
    assert not suspects, f"hand them over as files: ops secret set {environment.topology.stack} …"


def test_there_is_room_on_the_disk(facts: Facts) -> None:
    free = [int(said(facts, component, about="free")[0]) for component in facts]
    assert free
    assert (
        min(free) > FREE_KIB
    ), f"only {min(free) // 1024} MiB are free where Docker keeps its data"


def test_the_files_carrier_exists(environment: Environment) -> None:
    """Nothing that runs needs it, until a file changes: then the change would reach no volume."""
    assert "files" in containers.current(environment.topology)


@pytest.mark.parametrize("component", COMPONENTS)
def test_its_networks_are_those_that_exist(environment: Environment, component: str) -> None:
    """A network that was removed and made again has another id: a container is not on that one."""
    shown = testinfra.get_host("local://").run("docker network ls -q --no-trunc").stdout
    ends = environment.container(component)["NetworkSettings"]["Networks"]
    assert ends and {end["NetworkID"] for end in ends.values()} <= set(shown.split())
