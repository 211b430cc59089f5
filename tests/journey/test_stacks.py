"""The project's own stacks, as their files describe them, under a journey's names and ports."""

import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.providers import x509
from stacks.loading import CONFIG_KEY, load_topology, stack_file
from tests.host.environment import EdgeAddress, Environment
from tests.journey.conftest import Journey, docker, free_port, new_journey

pytestmark = pytest.mark.journey
NAMES = ["api.example.com", "www.example.com"]


def like(stack: str, *, folder: Path, **edge: Any) -> Journey:
    """A journey of the size and settings of a real stack; only what must differ does."""
    real: dict[str, Any] = yaml.safe_load(stack_file(stack).read_text())["config"][CONFIG_KEY]
    made = new_journey(folder)
    ports = {"http_port": free_port(), "https_port": free_port(), "bind": "127.0.0.1"}
    made.described = {
        **real,
        "edge": {**real.get("edge", {}), **ports, **edge},
        "test_label": made.stack,
    }
    made.describe()
    return made


def ended(journey: Journey) -> None:
    """Take it away with its data; a journey that never came up is only cleaned."""
    journey.ops("destroy", "--data", "--yes", "--data-confirm", journey.stack)
    journey.clean()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Journey, Journey]]:
    """Two stacks on one machine, described as `dev` and `staging` are."""
    made = [like(name, folder=tmp_path_factory.mktemp(name)) for name in ("dev", "staging")]
    yield made[0], made[1]
    with ThreadPoolExecutor() as pool:
        list(pool.map(ended, made))


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Journey]:
    """A stack described as `production` is, with a certificate that the user brings."""
    authority, authority_key = x509.make_authority("an authority of the user's")
    leaf, key = x509.make_leaf(NAMES, authority=authority, authority_key=authority_key)
    files = {"certificate": tmp_path / "chain.pem", "key": tmp_path / "key.pem"}
    files["certificate"].write_text(leaf + authority)
    files["key"].write_text(key)
    certificate = {"source": "files", **{name: str(path) for name, path in files.items()}}
    backend = tmp_path / "state"
    backend.mkdir()
    made = like("production", folder=backend, server_names=NAMES, certificate=certificate)
    yield made
    ended(made)


def networks_of(journey: Journey) -> set[str]:
    """Every network that a container of the journey is on."""
    shape = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}"
    return set(docker("inspect", "-f", shape, *journey.objects("container")).split()) - {"none"}


def test_dev_and_staging_run_side_by_side(pair: tuple[Journey, Journey]) -> None:
    with ThreadPoolExecutor() as pool:
        for up in pool.map(lambda journey: journey.ops("up"), pair):
            assert up.returncode == 0, up.stdout + up.stderr
        for check in pool.map(lambda journey: journey.ops("check"), pair):
            assert check.returncode == 0, check.stdout + check.stderr
    dev, staging = (load_topology(journey.stack) for journey in pair)
    assert (dev.app.mode, staging.app.mode) == ("development", "staging")
    assert staging.postgres.limits.memory > dev.postgres.limits.memory
    first, second = (networks_of(journey) for journey in pair)
    assert len(first) == len(second) == 3
    assert first.isdisjoint(second)


def test_production_runs_with_a_certificate_of_the_users(production: Journey) -> None:
    up = production.ops("up")
    assert up.returncode == 0, up.stdout + up.stderr
    topology = load_topology(production.stack)
    assert topology.app.mode == "production" and topology.service.workers == 4
    edge_address = EdgeAddress.of(Environment(topology))
    with edge_address.client() as client:
        answer = client.get(topology.app.ready_path)
    assert answer.status_code == 200, answer.text
    shown = ssl.get_server_certificate((edge_address.host, edge_address.https_port))
    mine = Path(production.described["edge"]["certificate"]["certificate"]).read_text()
    assert x509.fingerprint(shown) == x509.fingerprint(mine)
