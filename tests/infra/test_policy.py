"""What must hold for every container of every stack."""

import re
from ipaddress import ip_network

import pytest

from stacks.environment import TEMPORARY_FILES
from stacks.files.nginx import SPOOL
from stacks.loading import load_topology
from stacks.topology import COMPONENTS, Topology
from tests.infra.conftest import Engine, engine_for
from tests.infra.inputs import networks, uploaded, volumes
from tests.unit.test_files import setting

RUNNING = set(COMPONENTS)


def test_every_component_is_made(engine: Engine) -> None:
    assert set(engine.containers()) == RUNNING | {"release", "files"}


def test_no_container_is_privileged_or_root(engine: Engine) -> None:
    for name, inputs in engine.containers().items():
        if name == "files":
            assert inputs["start"] is False and inputs["networkMode"] == "none"
        else:
            uid, gid = str(inputs["user"]).split(":")
            assert int(uid) >= 10001 and int(gid) >= 10001, name
        assert not inputs.get("privileged"), name
        assert inputs["securityOpts"] == ["no-new-privileges:true"], name
        assert inputs["capabilities"]["drops"] == ["ALL"], name
        assert not inputs["capabilities"].get("adds"), name


def test_every_container_is_limited(engine: Engine) -> None:
    for name, inputs in engine.containers().items():
        assert inputs["memory"] >= 16, name
        assert inputs["memorySwap"] == inputs["memory"], name
        assert float(inputs["cpus"]) > 0, name


def test_every_container_that_runs_has_a_limit_of_processes(engine: Engine) -> None:
    limited = {
        name: number
        for made, number in engine.limited.items()
        for name in RUNNING | {"release"}
        if made == f"{name}-id" or re.fullmatch(rf"{name}-[0-9a-f]{{10}}-id", made)
    }
    # The job by its name too, while it runs.
    by_name = {made for made in engine.limited if not made.endswith("-id")}
    assert set(limited) == RUNNING | {"release"} and len(by_name) <= 1
    assert len(engine.limited) == len(limited) + len(by_name)
    assert min(limited.values()) >= 100
    assert limited["postgres"] >= 40 + 100, "each connection is a process"


def test_roots_are_read_only_and_logs_are_rotated(engine: Engine) -> None:
    for name, inputs in engine.containers().items():
        if name != "files":  # it never starts, and Docker refuses uploads into a read-only root
            assert inputs["readOnly"] is True, name
            assert set(inputs["logOpts"]) == {"max-size", "max-file"}, name


def test_all_that_runs_is_watched_and_comes_back(engine: Engine) -> None:
    containers = engine.containers()
    for name in RUNNING:
        assert containers[name]["healthcheck"]["tests"][0] == "CMD", name
        assert containers[name]["restart"] == "unless-stopped", name


def test_each_is_waited_for_before_what_needs_it(engine: Engine) -> None:
    order = [name for name in engine.containers() if name != "files"]
    data, processes = {"postgres", "redis-cache", "redis-queue"}, {"service", "worker", "beat"}
    assert (set(order[:3]), order[3]) == (data, "release")
    assert (set(order[4:7]), order[7:]) == (processes, ["edge"])
    waited = [re.sub("(-[0-9a-f]{10})?-id$", "", made) for made in engine.waited_for]
    assert (set(waited[:3]), set(waited[3:6]), waited[6]) == (data, processes, "edge")
    assert len(waited) == len(RUNNING)


def test_a_worker_is_told_how_long_it_has_to_end_and_is_given_that_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    described = load_topology("dev").model_dump() | {"worker": {"stop_grace": 77}}
    containers = engine_for(Topology.model_validate(described), monkeypatch).containers()
    worker, service = containers["worker"], containers["service"]
    assert worker["stopTimeout"] == worker["destroyGraceSeconds"] == 77 > service["stopTimeout"]
    assert "WORKER_STOP_GRACE=77" in worker["envs"]


def test_only_the_edge_has_ports(engine: Engine) -> None:
    with_ports = {name for name, inputs in engine.containers().items() if inputs.get("ports")}
    assert with_ports == {"edge"}


def test_the_edge_cannot_reach_the_database(engine: Engine) -> None:
    containers = engine.containers()
    for name in RUNNING - {"edge"}:
        assert networks(containers["edge"]).isdisjoint(networks(containers[name])), name
    assert volumes(containers["edge"])["/run/service"] == (
        volumes(containers["service"])["/run/service"]
    )


def test_large_bodies_wait_on_a_disk_and_not_in_memory(engine: Engine) -> None:
    containers = engine.containers()
    assert volumes(containers["edge"])[SPOOL] == ""
    assert setting(uploaded(engine, "/files/edge/nginx.conf"), "client_body_temp_path") == (
        f"{SPOOL}/body"
    )
    for name in ("service", "worker"):
        assert volumes(containers[name])[TEMPORARY_FILES] == "", name
        assert f"TMPDIR={TEMPORARY_FILES}" in containers[name]["envs"], name


def test_clients_of_ipv6_reach_the_edge_by_a_network_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    described = load_topology("dev").model_dump() | {"edge": {"bind": "::"}}
    engine = engine_for(Topology.model_validate(described), monkeypatch)
    made = {a.inputs["name"]: a.inputs for a in engine.asked if "network:Network" in a.type}
    (subnet,) = [each["subnet"] for each in made["upshift-dev-front-ipv6"]["ipamConfigs"]]
    assert ip_network(subnet).is_private and made["upshift-dev-front-ipv6"]["ipv6"] is True
    assert not any(network.get("ipv6") for name, network in made.items() if "front" not in name)
    ports = {(port["ip"], port["external"]) for port in engine.containers()["edge"]["ports"]}
    assert ports == {(ip, port) for ip in ("0.0.0.0", "::") for port in (8080, 8443)}
    assert "listen [::]:8443 ssl;" in uploaded(engine, "/files/edge/nginx.conf")


def test_a_proxy_on_this_host_is_known_by_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = {"tls": "proxy", "trusted_proxies": ("127.0.0.1",)}
    described = load_topology("dev").model_dump() | {"edge": edge}
    monkeypatch.setattr("infra.docker.networks._gateways", lambda _configs: ["172.30.0.1"])
    engine = engine_for(Topology.model_validate(described), monkeypatch)
    text = uploaded(engine, "/files/edge/nginx.conf")
    assert text.count("172.30.0.1 1;") == 1 and "set_real_ip_from 172.30.0.1;" in text


def test_only_what_calls_others_has_a_way_out(engine: Engine) -> None:
    containers = engine.containers()
    made = {a.inputs["name"]: a.inputs for a in engine.asked if "network:Network" in a.type}
    assert len(made) == 3
    with_way_out = {
        name
        for name in RUNNING | {"release"}
        if not all(made[network]["internal"] for network in networks(containers[name]))
    }
    assert with_way_out == {"edge", "service", "worker"}


def test_postgres_has_room_for_parallel_queries(engine: Engine) -> None:
    inputs = engine.containers()["postgres"]
    assert 64 <= inputs["shmSize"] <= inputs["memory"] // 2


def test_no_secret_in_an_environment_or_a_command(engine: Engine) -> None:
    for name, inputs in engine.containers().items():
        assert "made-up" not in str(inputs.get("envs")) + str(inputs.get("command")), name


def test_secrets_are_files_of_their_reader_only(engine: Engine) -> None:
    uploads = {upload["file"]: upload for upload in engine.containers()["files"]["uploads"]}
    secret = [path for path, upload in uploads.items() if "made-up" in str(upload["content"])]
    assert len(secret) >= 20
    for path in [*secret, "/files/edge/tls.key"]:
        assert uploads[path]["permissions"] == "0400", path
        assert int(uploads[path]["owner"]) >= 10001, path


def test_data_volumes_and_secrets_are_kept_apart_from_working_ones(engine: Engine) -> None:
    made = {a.name for a in engine.asked if "volume:Volume" in a.type}
    assert {"volume-postgres-data", "volume-redis-queue-data", "volume-static"} <= made


def test_every_process_of_the_project_reads_the_static_files_and_only_the_release_writes_them(
    engine: Engine,
) -> None:
    containers = engine.containers()
    for name in ("service", "worker", "beat", "release"):
        (mount,) = [
            each for each in containers[name]["volumes"] if each["containerPath"] == "/srv/static"
        ]
        assert mount["readOnly"] is (name != "release"), name


def test_celery_is_started_by_what_closes_connections_before_it_forks(engine: Engine) -> None:
    containers = engine.containers()
    for name in ("worker", "beat"):
        assert containers[name]["command"][:3] == ["python", "-m", "upshift_runtime.celery_command"]
