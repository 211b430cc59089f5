"""What a topology promises must fit its memory: refused when it is read, naming the key."""

from typing import Any

import pytest
from pydantic import ValidationError

from stacks.capacity import RESERVE, Machine, check_machine, limits_of, memory_promised
from stacks.environment import service_environment
from stacks.loading import load_topology
from stacks.memory import HASH, needs, password_hashes, postgres_memory, redis_memory
from stacks.processes import process_limit, processes_needed
from stacks.topology import COMPONENTS, PROJECT, Topology


def described(**parts: Any) -> Topology:
    return Topology.model_validate({"stack": "dev", **parts})


def limits(memory: int, *, processes: int | None = None) -> dict[str, Any]:
    given: dict[str, Any] = {"memory": memory, "cpus": 1.0}
    return given if processes is None else {**given, "processes": processes}


def service(memory: int, **more: Any) -> dict[str, Any]:
    return {"service": {"limits": limits(memory), **more}}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (service(256), "service.limits.memory is 256 MiB, and 464 are needed"),
        (service(512, workers=4), "password hashes, 1 at once in each of 4 processes 400"),
        (service(1024, password_hashes=5), "password hashes, 5 at once in each of 2 processes"),
        ({"worker": {"concurrency": 4}}, "worker.limits.memory is 336 MiB, and 392"),
        ({"beat": {"limits": limits(64)}}, "beat.limits.memory is 64 MiB, and 96"),
        ({"postgres": {"max_connections": 100}}, "less than 1 MiB of work_mem to each"),
        ({"postgres": {"limits": limits(128)}}, "postgres.limits.memory is 128 MiB"),
        ({"redis_cache": {"limits": limits(16)}}, "redis_cache.limits.memory is 16 MiB"),
        (
            {"postgres": {"limits": limits(384, processes=50)}},
            "postgres.limits.processes is 50, and its processes and threads are up to 82",
        ),
    ],
)
def test_a_promise_that_does_not_fit_is_refused(parts: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        described(**parts)
    assert said in str(caught.value)


@pytest.mark.parametrize("stack", ["dev", "staging", "production"])
def test_hashes_of_all_processes_fit_beside_the_rest(stack: str) -> None:
    topology = load_topology(stack)
    hashes = password_hashes(topology)
    assert 1 <= hashes <= topology.service.threads
    assert sum(needs(topology)["service"].values()) <= topology.service.limits.memory
    assert service_environment(topology)["PASSWORD_HASHES_AT_ONCE"] == str(hashes)
    one_more = hashes + 1
    if one_more <= topology.service.threads:
        given = topology.service.model_dump() | {"password_hashes": one_more}
        with pytest.raises(ValidationError, match="are needed"):
            Topology.model_validate({**topology.model_dump(), "service": given})


def test_the_memory_of_a_hash_is_djangos_own() -> None:
    """The service's hasher has Django's parameters: it sets none of its own."""
    text = "".join(path.read_text() for path in (PROJECT / "app" / "accounts").rglob("*.py"))
    assert "Argon2PasswordHasher" in text and "memory_cost" not in text
    assert HASH * 1024 == 102_400


def test_another_project_is_asked_only_for_what_every_django_needs() -> None:
    project = {
        "app": {
            "path": "shop",
            "wsgi": "shop.wsgi:application",
            "settings": "shop.settings",
            "live_path": "/",
        }
    }
    assert described(**project, **service(192))
    with pytest.raises(ValidationError, match="are needed"):
        described(**project, **service(192, password_hashes=1))


@pytest.mark.parametrize(("memory", "connections"), [(384, 50), (1024, 100), (4096, 200)])
def test_postgres_promises_are_within_its_memory(memory: int, connections: int) -> None:
    part = {"limits": limits(memory), "max_connections": connections}
    sizes = postgres_memory(described(postgres=part))
    fixed = sizes.shared_buffers + sizes.maintenance_work_mem + 3 * sizes.autovacuum_work_mem
    work = connections * (3 + sizes.work_mem_kib / 1024)
    assert sizes.work_mem_kib >= 1024 and fixed + work <= memory


def test_a_queue_can_be_rewritten_and_written_to_at_once() -> None:
    assert redis_memory(128, durable=True) * 1.25 * 2 <= 128
    assert redis_memory(128, durable=False) * 1.25 <= 128


def test_the_defaults_fit_one_core_and_two_gibibytes() -> None:
    small = Machine(cpus=1, memory=1960)  # what a server of 2 GiB shows of them
    topology = Topology(stack="dev")
    assert check_machine(topology, machine=small)
    assert memory_promised(topology) <= small.memory - RESERVE


def test_every_component_has_limits_and_a_number_of_processes() -> None:
    topology = Topology(stack="dev")
    assert set(limits_of(topology)) == set(COMPONENTS)
    for component in (*COMPONENTS, "release"):
        assert process_limit(topology, component) >= processes_needed(topology, component) + 100
    given = described(worker={"limits": limits(320, processes=99)})
    assert process_limit(given, "worker") == 99
