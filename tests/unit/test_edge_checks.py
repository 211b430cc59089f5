"""What the edge promises must be there: room for bodies, and the addresses of its clients."""

import json
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from ops.preflight import edge_checks
from stacks.errors import PreflightError
from stacks.topology import Topology
from tests.unit.test_setup_fakes import Programs, says

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def docker(monkeypatch: pytest.MonkeyPatch) -> Programs:
    """An engine of some age."""
    programs = Programs()
    programs.replies["docker info"] = says("/var/lib/docker\n")
    programs.replies["docker version"] = says("20.10.24\n")
    monkeypatch.setattr(edge_checks, "run", programs.run)
    monkeypatch.setattr(edge_checks, "DAEMON_FILE", Path("/none/at/all"))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return programs


def with_edge(**edge: Any) -> Topology:
    return Topology.model_validate({"stack": "dev", "edge": edge})


def free(monkeypatch: pytest.MonkeyPatch, *, mebibytes: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, mebibytes << 20))


def test_bodies_that_fit_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, mebibytes=576)
    # 16 MiB for 32 uploads, and for each of the service's four threads.
    assert edge_checks.bodies_fit(with_edge()) == "request bodies: 576 MiB at most"


def test_a_limit_that_the_disk_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, mebibytes=575)
    with pytest.raises(PreflightError, match="may need 576 MiB of disk, and 575 MiB") as caught:
        edge_checks.bodies_fit(with_edge())
    assert "topology.edge.body_limit" in caught.value.where
    with pytest.raises(PreflightError, match="7200 MiB .* body_limit 200 MiB for 32 uploads"):
        edge_checks.bodies_fit(with_edge(body_limit=200))


@pytest.mark.parametrize("bind", ["127.0.0.1", "0.0.0.0", "::1"])
def test_an_address_without_strangers_of_ipv6_is_fine(bind: str, docker: Programs) -> None:
    assert (
        edge_checks.client_addresses(with_edge(bind=bind)) == f"client addresses: kept, on {bind}"
    )
    assert docker.calls == []


@pytest.mark.parametrize("bind", ["::", "2001:db8::7"])
def test_an_engine_that_hides_the_clients_of_ipv6_is_refused(bind: str) -> None:
    with pytest.raises(
        PreflightError, match="Docker 20.10.24 replaces the address of every IPv6 client"
    ) as caught:
        edge_checks.client_addresses(with_edge(bind=bind))
    assert "ip6tables" in caught.value.hint and bind in caught.value.where


@pytest.mark.parametrize(
    ("version", "told", "kept"),
    [
        ("20.10.24", {"ip6tables": True, "experimental": True}, True),
        ("27.0.1", {}, True),
        ("28.3.2", {"ip6tables": False}, False),
        ("26.1.5", {}, False),
        ("dev", {}, False),
    ],
)
def test_an_engine_is_asked_what_it_does_with_ipv6(
    monkeypatch: pytest.MonkeyPatch,
    docker: Programs,
    tmp_path: Path,
    version: str,
    told: dict[str, Any],
    kept: bool,
) -> None:
    docker.replies["docker version"] = says(f"{version}\n")
    (tmp_path / "daemon.json").write_text(json.dumps(told))
    monkeypatch.setattr(edge_checks, "DAEMON_FILE", tmp_path / "daemon.json")
    if kept:
        assert "kept" in edge_checks.client_addresses(with_edge(bind="::"))
    else:
        with pytest.raises(PreflightError):
            edge_checks.client_addresses(with_edge(bind="::"))
