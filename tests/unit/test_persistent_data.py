"""A stack's data against its state: what is gone or renamed is refused before anything is made."""

from dataclasses import replace
from typing import Any

import pytest

from stacks.errors import PreflightError
from stacks.persistent_data import ACCEPTABLE_LOSSES, RECORD, Found, Recorded, check, recorded
from stacks.topology import Topology

VOLUMES = {name: f"upshift-dev-{name}" for name in ("postgres-data", "redis-queue-data")}
KNOWN = Recorded(volumes=VOLUMES, database="app", user="app", cluster="7001")
THERE = Found(
    frozenset(VOLUMES.values()), "7001", frozenset({"app", "postgres"}), frozenset({"app"})
)


def described(**postgres: str) -> Topology:
    return Topology.model_validate({"stack": "dev", "postgres": postgres})


def refusal(topology: Topology, *, known: Recorded = KNOWN, found: Found = THERE) -> PreflightError:
    with pytest.raises(PreflightError, match="nothing was changed") as caught:
        check(topology, known=known, found=found)
    return caught.value


def resource(name: str, **more: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::upshift::some:type::{name}", **more}


def test_a_stack_without_data_has_none_to_lose() -> None:
    assert recorded([]) == Recorded()
    assert check(described(database="shop"), known=Recorded(), found=Found(())) == "data: none yet"


def test_data_as_the_state_knows_it() -> None:
    assert check(described(), known=KNOWN, found=THERE).startswith("data: present")
    stopped = Found(THERE.volumes, "7001")
    assert check(described(), known=KNOWN, found=stopped).startswith("data: present")


@pytest.mark.parametrize("lost", sorted(VOLUMES))
def test_a_lost_volume_is_refused_with_the_way_back(lost: str) -> None:
    found = replace(THERE, volumes=frozenset(VOLUMES.values()) - {VOLUMES[lost]})
    error = refusal(described(), found=found)
    assert f"the volume {VOLUMES[lost]} does not exist any more" in error.message
    assert "docker volume create --label upshift.name=upshift" in error.hint
    assert f"--label upshift.component={lost} {VOLUMES[lost]}" in error.hint
    assert f"ops up dev --accept-data-loss {lost}" in error.hint
    assert check(described(), known=KNOWN, found=found, accepted={lost})


@pytest.mark.parametrize(
    ("cluster", "said"),
    [("", "no longer holds this stack's database cluster"), ("8", "another database")],
)
def test_a_volume_that_lost_its_cluster(cluster: str, said: str) -> None:
    found = replace(THERE, cluster=cluster, databases=None, roles=None)
    error = refusal(described(), found=found)
    assert said in error.message and "7001" in error.message
    assert ("docker volume rm upshift-dev-postgres-data" in error.hint) == (cluster == "")
    assert check(described(), known=KNOWN, found=found, accepted={"postgres-data"})


@pytest.mark.parametrize("key", ["database", "user"])
def test_another_name_is_refused_with_both_and_how_to_rename(key: str) -> None:
    wanted = described(**{key: "shop"})
    error = refusal(wanted)
    assert f"topology.postgres.{key} is 'shop', and this stack's data is in 'app'" in error.message
    kind = "DATABASE" if key == "database" else "ROLE"
    assert f'ALTER {kind} "app" RENAME TO "shop"' in error.hint
    assert f"set postgres.{key}: app again" in error.hint
    refusal(wanted, found=replace(THERE, databases=None, roles=None))
    both = replace(THERE, databases={"app", "shop"}, roles={"app", "shop"})
    refusal(wanted, found=both)  # a second one, perhaps empty, was made beside it
    renamed = replace(THERE, databases={"shop"}, roles={"shop"})
    assert check(wanted, known=KNOWN, found=renamed)
    assert check(wanted, known=KNOWN, found=THERE, accepted={f"postgres.{key}"})


def test_another_name_of_the_product_is_refused() -> None:
    error = refusal(Topology(stack="dev", name="shop"))
    assert "topology.name is 'shop'" in error.message and "of 'upshift'" in error.message
    assert "set name: upshift again" in error.hint


def test_a_state_that_lost_secrets_is_refused() -> None:
    error = refusal(described(), known=replace(KNOWN, lost=("secret-secret-key",)))
    assert "the state no longer has secret-secret-key" in error.message


def test_what_the_state_knows() -> None:
    volume = resource("volume-postgres-data", outputs={"name": VOLUMES["postgres-data"]})
    container = resource("postgres", inputs={"envs": ["POSTGRES_DB=app", "POSTGRES_USER=clerk"]})
    older = recorded([volume, container])
    assert (older.database, older.user, older.cluster) == ("app", "clerk", "")
    assert older.volumes == {"postgres-data": VOLUMES["postgres-data"]}
    outputs = {"volumes": VOLUMES, "database": "a", "user": "b", "cluster": "7"}
    record = resource(RECORD, outputs={**outputs, "protected": ["authority", "secret-x"]})
    # As a refresh leaves it: the volumes are gone from the state, and the record is not.
    known = recorded([record, resource("authority")])
    assert known == Recorded(VOLUMES, "a", "b", "7", ("secret-x",))


def test_what_may_be_accepted_is_named() -> None:
    assert set(ACCEPTABLE_LOSSES) == {*VOLUMES, "postgres.database", "postgres.user"}
