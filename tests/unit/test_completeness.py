"""Nothing is half there: stacks load, fields are documented, components have all their places."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from stacks.loading import load_topology, stack_names
from stacks.topology import COMPONENTS, PROJECT, Topology
from tests.host.environment import USERS

# Component -> its module in infra/components, its image, and the template of its settings.
PLACES = {
    "edge": ("edge", "nginx", "nginx.conf.j2"),
    "service": ("service", "app", "gunicorn.conf.py.j2"),
    "worker": ("service", "app", None),
    "beat": ("service", "app", None),
    "postgres": ("postgres", "postgres", "postgresql.conf.j2"),
    "redis-cache": ("redis", "redis", "redis.conf.j2"),
    "redis-queue": ("redis", "redis", "redis.conf.j2"),
}


def fields(model: BaseModel, *, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Each setting's dotted key and default."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from fields(value, prefix=f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


SETTINGS = dict(fields(Topology(stack="dev")))


def documented() -> dict[str, str]:
    """Key -> its row in docs/topology.md."""
    lines = (PROJECT / "docs" / "topology.md").read_text().splitlines()
    return {line.split("`")[1]: line for line in lines if line.startswith("| `")}


def test_the_three_stacks_exist() -> None:
    assert {"dev", "staging", "production"} <= set(stack_names())


@pytest.mark.parametrize("stack", stack_names())
def test_a_stack_file_loads(stack: str) -> None:
    assert load_topology(stack).stack == stack


def test_no_two_stacks_on_one_machine_share_a_port() -> None:
    edges = [load_topology(name).edge for name in ("dev", "staging")]
    ports = [port for edge in edges for port in (edge.http_port, edge.https_port)]
    assert len(set(ports)) == 4


@pytest.mark.parametrize("key", sorted(SETTINGS))
def test_a_setting_is_documented(key: str) -> None:
    row = documented().get(key, "")
    assert row, f"docs/topology.md does not tell of {key}"
    value = SETTINGS[key]
    if isinstance(value, int | float) and not isinstance(value, bool):
        assert f"`{value}`" in row, f"docs/topology.md tells another default of {key} than {value}"


def test_nothing_is_documented_that_does_not_exist() -> None:
    assert set(documented()) == set(SETTINGS)


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_has_all_its_places(component: str) -> None:
    module, image, template = PLACES[component]
    assert (PROJECT / "infra" / "components" / f"{module}.py").is_file()
    assert (PROJECT / "docker" / image / "Dockerfile").is_file()
    assert template is None or (PROJECT / "stacks" / "files" / template).is_file()
    assert component in USERS, f"the smoke checks do not know {component}"
