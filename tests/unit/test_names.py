"""No object of one stack can have the name of another stack's."""

from itertools import product

import pytest

from infra.docker.networks import WORKING_VOLUMES, Networks
from stacks.instances import INSTANCED
from stacks.persistent_data import PERSISTENT_VOLUMES
from stacks.topology import COMPONENTS, Topology

CONTAINERS = (
    *(name for name in COMPONENTS if name not in INSTANCED),
    *(f"{name}-0123456789" for name in INSTANCED),
    *("release", "files"),
)
NAMES = {
    "container": CONTAINERS,
    "network": Networks.NAMES,
    "volume": (*PERSISTENT_VOLUMES, *WORKING_VOLUMES, *(f"files-{name}" for name in CONTAINERS)),
}


def test_one_prefix_from_two_pairs_is_what_the_preflight_compares() -> None:
    first, second = Topology(name="app-x", stack="yy"), Topology(name="app", stack="x-yy")
    assert first.container("edge") == second.container("edge")
    assert first.prefix == second.prefix


@pytest.mark.parametrize("kind", sorted(NAMES))
def test_with_two_prefixes_no_two_objects_share_a_name(kind: str) -> None:
    # They could only where one prefix begins with the other: `app-dev` and `app-dev-redis`. Then
    # an object's own name would have to end with another's whole name.
    own = NAMES[kind]
    assert len(own) >= 3
    assert not [(one, two) for one, two in product(own, own) if one.endswith(f"-{two}")]
