"""PostgreSQL and both Redis run with the settings that their data needs."""

from collections.abc import Mapping

import pytest

from stacks.files.postgres import shared_memory
from stacks.topology import Topology
from stacks.versions import POSTGRES, REDIS
from tests.host.environment import Environment

SETTINGS = (
    "data_checksums",
    "password_encryption",
    "wal_level",
    "max_connections",
    "max_wal_senders",
    "fsync",
    "full_page_writes",
    "server_version_num",
    "server_encoding",
)
# The password stays inside the container: it is read from its file into redis-cli's environment.
REDIS_CLI = (
    "REDISCLI_AUTH=\"$(sed -n 's/^requirepass //p' /run/upshift/auth.conf | tr -d '\\042')\""
    " redis-cli --no-auth-warning"
)
REDIS_SETTINGS = "maxmemory maxmemory-policy appendonly protected-mode"


@pytest.fixture(scope="module")
def postgres(environment: Environment) -> Mapping[str, str]:
    """The server's settings, asked over its own socket as its administrator."""
    names = ", ".join(f"'{name}'" for name in SETTINGS)
    sql = f"SELECT name, setting FROM pg_settings WHERE name IN ({names})"
    database = environment.topology.postgres.database
    command = f'psql -h /run/postgresql -U postgres -d {database} -Atc "{sql}"'
    answer = environment.ask("postgres", command)
    assert answer.code == 0, answer.stderr
    return dict(line.split("|", 1) for line in answer.stdout.splitlines())


def redis(environment: Environment, component: str) -> Mapping[str, str]:
    """A Redis server's settings and version."""
    script = f"{REDIS_CLI} CONFIG GET {REDIS_SETTINGS}"
    answer = environment.ask(component, f"{script}; {REDIS_CLI} INFO server | grep redis_version")
    lines = answer.stdout.replace("\r", "").splitlines()
    assert "maxmemory" in lines, f"{component} did not tell its settings: {answer.stdout[:200]}"
    version = lines.pop().partition(":")[2]
    return dict(zip(lines[::2], lines[1::2], strict=True)) | {"version": version}


@pytest.fixture(scope="module")
def cache(environment: Environment) -> Mapping[str, str]:
    """The settings of the Redis that may forget."""
    return redis(environment, "redis-cache")


@pytest.fixture(scope="module")
def queue(environment: Environment) -> Mapping[str, str]:
    """The settings of the Redis that must not."""
    return redis(environment, "redis-queue")


def test_postgres_has_the_pinned_version(postgres: Mapping[str, str]) -> None:
    assert postgres["server_version_num"][:2] == POSTGRES


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("data_checksums", "on"),
        ("password_encryption", "scram-sha-256"),
        ("wal_level", "replica"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("server_encoding", "UTF8"),
    ],
)
def test_postgres_keeps_data_safe(postgres: Mapping[str, str], setting: str, value: str) -> None:
    assert postgres[setting] == value


def test_postgres_accepts_as_many_connections_as_described(
    postgres: Mapping[str, str], topology: Topology
) -> None:
    assert int(postgres["max_connections"]) == topology.postgres.max_connections


def test_postgres_has_room_for_parallel_queries(
    environment: Environment, topology: Topology
) -> None:
    size = environment.container("postgres")["HostConfig"]["ShmSize"]
    assert size == shared_memory(topology) * 1024 * 1024


def test_postgres_accepts_replicas(postgres: Mapping[str, str]) -> None:
    assert int(postgres["max_wal_senders"]) > 0


def test_every_password_in_postgres_is_a_scram_verifier(environment: Environment) -> None:
    sql = (
        "SELECT rolname, coalesce(left(rolpassword, 13), '') FROM pg_authid"
        " WHERE rolcanlogin AND rolname <> 'postgres'"
    )
    answer = environment.ask("postgres", f'psql -h /run/postgresql -U postgres -Atc "{sql}"')
    kinds = dict(line.split("|", 1) for line in answer.stdout.splitlines())
    assert environment.topology.postgres.user in kinds, answer.stderr
    assert set(kinds.values()) == {"SCRAM-SHA-256"}


def test_the_service_is_no_superuser(environment: Environment) -> None:
    user = environment.topology.postgres.user
    sql = f"SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = '{user}'"
    answer = environment.ask("postgres", f'psql -h /run/postgresql -U postgres -Atc "{sql}"')
    assert answer.stdout.strip() == "f|f", answer.stderr


@pytest.mark.parametrize("component", ["redis-cache", "redis-queue"])
def test_redis_requires_a_password(environment: Environment, component: str) -> None:
    known = environment.ask(component, f"{REDIS_CLI} PING")
    stranger = environment.ask(component, "redis-cli PING")
    assert known.stdout.strip() == "PONG"
    assert "NOAUTH" in stranger.stdout


def test_the_cache_evicts_old_entries(cache: Mapping[str, str]) -> None:
    assert cache["maxmemory-policy"] in ("allkeys-lru", "allkeys-lfu")


def test_the_queue_evicts_nothing(queue: Mapping[str, str]) -> None:
    assert (queue["maxmemory-policy"], queue["appendonly"]) == ("noeviction", "yes")


@pytest.mark.parametrize("component", ["redis-cache", "redis-queue"])
def test_redis_has_its_version_and_a_limit_below_the_containers(
    request: pytest.FixtureRequest, environment: Environment, component: str
) -> None:
    settings = request.getfixturevalue(component.removeprefix("redis-"))
    assert settings["version"].split(".")[0] == REDIS
    limit = environment.limits(component).memory * 1024 * 1024
    assert 0 < int(settings["maxmemory"]) < limit
