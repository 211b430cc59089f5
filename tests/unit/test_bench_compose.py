"""A container as Docker shows it, in a file for Compose."""

from typing import Any

from tests.bench.compose_file import compose_file

PREFIX, LABEL = "upshift-bench-1", "bench-1"


def seen(component: str, *, mounts: list[dict[str, Any]], health: bool = True) -> dict[str, Any]:
    """As `docker inspect` shows it, as far as the file is made from it."""
    checked = {"Test": ["CMD", "ask"], "Interval": 5 * 10**9, "Timeout": 3 * 10**9}
    checked |= {"StartPeriod": 60 * 10**9, "Retries": 4}
    return {
        "Image": f"sha256:{component}",
        "Mounts": mounts,
        "NetworkSettings": {"Networks": {f"{PREFIX}-back": {}}},
        "Config": {
            "Hostname": component,
            "User": "10001:10001",
            "Cmd": ["run", "$HOME"],
            "Env": ["A=b"],
            "StopSignal": "SIGTERM",
            "StopTimeout": 30,
            **({"Healthcheck": checked} if health else {}),
        },
        "HostConfig": {
            "RestartPolicy": {"Name": "unless-stopped" if health else "no"},
            "ReadonlyRootfs": True,
            "Init": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true"],
            "Tmpfs": {"/tmp": "rw,size=64m"},
            "Memory": 256 * 2**20,
            "MemorySwap": 256 * 2**20,
            "NanoCpus": 1_500_000_000,
            "ShmSize": 64 * 2**20,
            "LogConfig": {"Type": "json-file", "Config": {"max-file": "5"}},
            "PortBindings": {"8443/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8443"}]},
        },
    }


def mount(name: str, path: str, *, writable: bool) -> dict[str, Any]:
    return {
        "Type": "volume",
        "Name": f"{PREFIX}-{name}",
        "Destination": path,
        "RW": writable,
    }


def made() -> dict[str, Any]:
    static, files = ("static", "/srv/static"), ("files-service", "/run/upshift")
    containers = {
        "release": seen("release", mounts=[mount(*static, writable=True)], health=False),
        "service": seen(
            "service", mounts=[mount(*static, writable=False), mount(*files, writable=False)]
        ),
        "files": seen("files", mounts=[]),
    }
    network = {"Name": f"{PREFIX}-back", "Driver": "bridge", "Internal": True}
    images = {f"sha256:{name}": f"upshift/{name}:1" for name in containers}
    return compose_file(containers, networks=[network], prefix=PREFIX, label=LABEL, images=images)


def test_it_holds_the_containers_that_run_and_the_job() -> None:
    assert set(made()["services"]) == {"release", "service"}


def test_a_service_is_limited_confined_and_watched_alike() -> None:
    service = made()["services"]["service"]
    assert (service["image"], service["user"]) == ("upshift/service:1", "10001:10001")
    assert (service["mem_limit"], service["cpus"]) == (256 * 2**20, 1.5)
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert service["healthcheck"]["interval"] == "5s"
    assert service["healthcheck"]["retries"] == 4
    assert service["ports"] == ["127.0.0.1:8443:8443"]
    assert service["command"] == ["run", "$$HOME"], "Compose takes a single $ for a variable"


def test_the_service_listens_where_the_edge_asks() -> None:
    # In the environment a link leads there, which a release moves; Compose has no such step.
    own = "/run/service/ab12.sock"
    one = seen("service", mounts=[])
    one["Config"] |= {
        "Labels": {"upshift.instance": "ab12"},
        "Cmd": ["gunicorn", "--bind", f"unix:{own}"],
        "Healthcheck": {**one["Config"]["Healthcheck"], "Test": ["CMD", "curl", own]},
    }
    told = compose_file(
        {"service": one}, networks=[], prefix=PREFIX, label=LABEL, images={one["Image"]: "x:1"}
    )["services"]["service"]
    assert told["command"][-1] == "unix:/run/service/live.sock"
    assert told["healthcheck"]["test"][-1] == "/run/service/live.sock"


def test_it_starts_in_the_same_order() -> None:
    services = made()["services"]
    after = {"release": {"condition": "service_completed_successfully"}}
    assert services["service"]["depends_on"] == after
    assert "healthcheck" not in services["release"]


def test_networks_and_volumes_are_its_own_and_files_are_copies() -> None:
    told = made()
    assert told["networks"]["back"]["internal"] is True
    assert told["volumes"]["static"] == {"labels": {"upshift.test": LABEL}}
    files = {"external": True, "name": "bench-1-compose-files-service"}
    assert told["volumes"]["files-service"] == files
    assert "static:/srv/static:rw" in told["services"]["release"]["volumes"]
    assert "static:/srv/static:ro,nocopy" in told["services"]["service"]["volumes"]
