import datetime as dt
import shutil
import socket
import time
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.x509 import make_authority, make_leaf
from ops import certificate_files, preflight
from ops.setup.engine import Answer
from stacks.errors import PreflightError, TopologyError
from stacks.topology import Topology
from tests.unit.test_setup_fakes import Programs, says

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def docker(monkeypatch: pytest.MonkeyPatch) -> Programs:
    """An engine that is well and runs nothing."""
    programs = Programs()
    programs.replies["docker info"] = says("/var/lib/docker\n")
    programs.replies["docker container inspect"] = says(code=1)
    programs.replies["docker ps"] = says()
    monkeypatch.setattr(preflight, "run", programs.run)
    monkeypatch.setattr("ops.setup.engine.ask", lambda: Answer("ok", version="28"))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(9 << 30, 0, 9 << 30))
    for name in ("DOCKER_HOST", "UPSHIFT_DISK_LEFT"):
        monkeypatch.delenv(name, raising=False)
    return programs


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def on_ports(http: int, **edge: Any) -> Topology:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
    return Topology.model_validate(
        {"stack": "dev", "edge": {"http_port": http or free - 1, "https_port": free, **edge}}
    )


@pytest.mark.parametrize(
    ("state", "said"),
    [("missing", "is not installed"), ("stopped", "does not answer"), ("refused", "no rights")],
)
def test_an_engine_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, state: Any, said: str
) -> None:
    monkeypatch.setattr("ops.setup.engine.ask", lambda: Answer(state, reason="why"))
    with pytest.raises(PreflightError, match=said) as caught:
        preflight.preflight(on_ports(0))
    assert caught.value.where == "why" and caught.value.hint


def test_a_disk_nearly_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(9 << 30, 0, 1 << 30))
    with pytest.raises(PreflightError, match="1.0 GiB left, 2 wanted"):
        preflight.disk_left(on_ports(0))
    monkeypatch.setenv("UPSHIFT_DISK_LEFT", "0.5")
    assert preflight.disk_left(on_ports(0)) == "disk: 1 GiB left"


def test_a_port_names_the_container_that_holds_it(docker: Programs, taken: int) -> None:
    docker.replies[f"docker ps --filter publish={taken}"] = says("upshift-staging-edge\n")
    with pytest.raises(
        PreflightError, match=f"{taken} is taken by the container upshift-staging-edge"
    ) as caught:
        preflight.ports(on_ports(taken))
    assert caught.value.where == "topology.edge.http_port"


def test_a_port_that_no_container_holds(taken: int) -> None:
    with pytest.raises(PreflightError, match=f"{taken} is taken by another program"):
        preflight.ports(on_ports(taken))


def test_a_port_that_our_own_edge_holds_is_free(docker: Programs, taken: int) -> None:
    docker.replies["docker container inspect"] = says(f"true {taken} \n")
    assert str(taken) in preflight.ports(on_ports(taken))


def test_an_address_that_is_not_ours() -> None:
    with pytest.raises(PreflightError, match="is no address of this machine"):
        preflight.ports(on_ports(0, bind="192.0.2.1"))


def test_a_folder_that_is_no_django_project() -> None:
    with pytest.raises(TopologyError, match="is no Django project"):
        preflight.project_there(Topology.model_validate({"stack": "dev", "app": {"path": "docs"}}))


def test_two_stacks_with_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Topology(stack="b-dev", name="up"), Topology(stack="dev", name="up-b")
    monkeypatch.setattr(preflight, "stack_names", lambda: ["b-dev", "dev"])
    monkeypatch.setattr(preflight, "load_topology", lambda stack: second)
    with pytest.raises(PreflightError, match="two stacks with one name: 'b-dev' and 'dev'"):
        preflight.one_name(first)


def test_a_wsgi_module_that_is_not_there() -> None:
    lost = Topology.model_validate({"stack": "dev", "app": {"wsgi": "config.lost:application"}})
    with pytest.raises(TopologyError, match="no config/lost.py") as caught:
        preflight.project_there(lost)
    assert caught.value.where.endswith("app/config/lost.py")


def test_nothing_is_changed(docker: Programs) -> None:
    assert len(preflight.preflight(on_ports(0))) == 6
    looks = ("docker info", "docker container inspect", "docker ps")
    assert all(call.startswith(looks) for call in docker.calls)


def with_files(folder: Path, *, key_of: str = "same", damage: str = "") -> Topology:
    authority, authority_key = make_authority("test CA")
    pair = make_leaf(["localhost"], authority=authority, authority_key=authority_key)
    other = make_leaf(["localhost"], authority=authority, authority_key=authority_key)
    (folder / "tls.crt").write_text("nonsense" if damage == "crt" else pair[0])
    key = pair[1] if key_of == "same" else other[1]
    (folder / "tls.key").write_text("nonsense" if damage == "key" else key)
    named = {"certificate": str(folder / "tls.crt"), "key": str(folder / "tls.key")}
    return on_ports(0, certificate={"source": "files", **named})


def test_a_good_certificate_passes(tmp_path: Path) -> None:
    assert certificate_files.check(with_files(tmp_path)).startswith("certificate: yours, until")


def test_another_certificates_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PreflightError, match="tls.key does not match the certificate tls.crt"):
        certificate_files.check(with_files(tmp_path, key_of="other"))


@pytest.mark.parametrize("damage", ["crt", "key"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    with pytest.raises(PreflightError, match="holds no PEM") as caught:
        certificate_files.check(with_files(tmp_path, damage=damage))
    assert caught.value.where.endswith(f"tls.{damage}")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    topology = with_files(tmp_path)
    (tmp_path / "tls.key").unlink()
    with pytest.raises(PreflightError, match="key file cannot be read"):
        certificate_files.check(topology)


class LaterClock(dt.datetime):
    """A clock two years ahead."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> "LaterClock":
        return cls.fromtimestamp(time.time() + 2 * 366 * 86400, tz)


def test_an_expired_certificate_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    topology = with_files(tmp_path)
    monkeypatch.setattr(
        "ops.certificate_files.dt", SimpleNamespace(datetime=LaterClock, UTC=dt.UTC)
    )
    with pytest.raises(PreflightError, match="the certificate expired on"):
        certificate_files.check(topology)
