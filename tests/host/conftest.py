"""`pytest tests/host --stack dev`: smoke checks of a running environment."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from stacks.loading import load_topology
from stacks.topology import Topology
from tests.host.environment import JOB, Answer, EdgeAddress, Environment

# One exec for each container: what it really runs as, its files, and the room that is left.
FACTS = """
echo user $(id -u)
sed -n 's/^\\(NoNewPrivs\\|CapEff\\|CapBnd\\):/\\1/p' /proc/1/status
stat -c 'file %n %a %u' /run/upshift/* /run/upshift/secrets/* 2>/dev/null
echo processes $(cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null)
df -Pk / | awk 'NR == 2 {print "free", $4}'
if touch /probe 2>/dev/null; then echo root writable; rm -f /probe; else echo root sealed; fi
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which environment is looked at."""
    parser.addoption("--stack", default="dev", help="the stack to check (default: dev)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the checks of components that the environment does not have (`app.celery`)."""
    there = {*load_topology(str(config.getoption("--stack"))).components, JOB}
    absent = [
        item
        for item in items
        if isinstance(item, pytest.Function)
        and hasattr(item, "callspec")
        and item.callspec.params.get("component", JOB) not in there
    ]
    config.hook.pytest_deselected(items=absent)
    items[:] = [item for item in items if item not in absent]


@pytest.fixture(scope="session")
def topology(pytestconfig: pytest.Config) -> Topology:
    """What the stack's file says there should be."""
    return load_topology(str(pytestconfig.getoption("--stack")))


@pytest.fixture(scope="session")
def environment(topology: Topology) -> Environment:
    """The running stack."""
    found = Environment(topology)
    if not found.containers:
        pytest.fail(
            f"no container of '{topology.prefix}' exists; start it: ops up {topology.stack}"
        )
    return found


@pytest.fixture(scope="session")
def facts(environment: Environment) -> Mapping[str, list[list[str]]]:
    """Component -> lines of words that its container said about itself."""

    def told(component: str) -> Answer:
        return environment.ask(component, FACTS)

    with ThreadPoolExecutor(max_workers=4) as pool:
        parts = environment.topology.components
        answers = dict(zip(parts, pool.map(told, parts), strict=True))
    return {
        component: [line.split() for line in answer.stdout.splitlines() if line.strip()]
        for component, answer in answers.items()
    }


@pytest.fixture(scope="session")
def edge_address(environment: Environment) -> EdgeAddress:
    """The edge's address, its name and the authority to trust."""
    return EdgeAddress.of(environment)


@pytest.fixture(scope="session")
def client(edge_address: EdgeAddress) -> Iterator[httpx.Client]:
    """A client for the HTTPS side."""
    with edge_address.client() as opened:
        yield opened


@pytest.fixture(scope="session")
def redirected(edge_address: EdgeAddress) -> httpx.Response:
    """What plain HTTP answers."""
    return edge_address.plain("/some/page?with=query")
