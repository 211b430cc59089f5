"""A running environment as a file for Docker Compose: the same containers, from what Docker shows.

Same images, commands, users, limits, confinement, networks, volumes, health checks and start
order. The files are handed over as copies of the volumes that the environment's files are in.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stacks.instances import LABEL, LIVE_SOCKET, socket_of
from stacks.topology import COMPONENTS

FILES = "-files-"
JOB = "release"
# Who starts when whom is so far, as infra/phases/phase1.py has it.
DATA = ("postgres", "redis-cache", "redis-queue")
NEEDS: Mapping[str, Mapping[str, str]] = {
    JOB: dict.fromkeys(DATA, "service_healthy"),
    "service": {JOB: "service_completed_successfully"},
    "worker": {JOB: "service_completed_successfully"},
    "beat": {JOB: "service_completed_successfully"},
    "edge": {"service": "service_healthy"},
}
SECOND = 1_000_000_000
SHORT = 5  # seconds between two questions about health

Seen = Mapping[str, Any]


def compose_file(
    containers: Mapping[str, Seen],
    *,
    networks: Sequence[Seen],
    prefix: str,
    label: str,
    images: Mapping[str, str],
) -> dict[str, Any]:
    """The whole file. `containers` by component, as `docker inspect` shows them."""
    services = {
        component: _service(
            component, seen, prefix=prefix, label=label, image=images[str(seen["Image"])]
        )
        for component, seen in containers.items()
        if component in (*COMPONENTS, JOB)
    }
    used = {bind.split(":")[0] for each in services.values() for bind in each["volumes"]}
    return {
        "name": f"{label}-compose",
        "services": services,
        "networks": {
            _short(net["Name"], prefix=prefix): {
                "driver": net["Driver"],
                "internal": net["Internal"],
                "labels": {"upshift.test": label},
            }
            for net in networks
        },
        "volumes": {name: _volume(name, label=label) for name in sorted(used)},
    }


def _volume(name: str, *, label: str) -> dict[str, Any]:
    if name.startswith("files-"):
        return {"external": True, "name": copied(name, label=label)}
    return {"labels": {"upshift.test": label}}


def copied(volume: str, *, label: str) -> str:
    """The name of the copy of a volume with files."""
    return f"{label}-compose-{volume}"


def _service(component: str, seen: Seen, *, prefix: str, label: str, image: str) -> dict[str, Any]:
    config, host = _at_the_edges_socket(seen["Config"]), seen["HostConfig"]
    made: dict[str, Any] = {
        "image": image,
        "pull_policy": "never",
        "hostname": config["Hostname"],
        "user": config["User"],
        "command": [_plain(word) for word in config["Cmd"]],
        "environment": [_plain(pair) for pair in config["Env"]],
        "labels": {"upshift.test": label},
        "stop_signal": config["StopSignal"],
        "stop_grace_period": f"{config['StopTimeout']}s",
        "networks": {
            _short(name, prefix=prefix): {"aliases": [component]}
            for name in seen["NetworkSettings"]["Networks"]
        },
        "volumes": [
            bind.removeprefix(f"{prefix}-") for bind in _binds(seen, owns=component != "edge")
        ],
        **_confined(host),
    }
    if NEEDS.get(component):
        made["depends_on"] = {
            name: {"condition": condition} for name, condition in NEEDS[component].items()
        }
    if health := config.get("Healthcheck"):
        made["healthcheck"] = _health(health)
    if ports := host.get("PortBindings"):
        made["ports"] = [
            f"{each['HostIp']}:{each['HostPort']}:{inside.split('/')[0]}"
            for inside, bindings in ports.items()
            for each in bindings
        ]
    return made


def _at_the_edges_socket(config: Seen) -> Seen:
    """With the service's own socket named as the edge asks for it: Compose moves no link there."""
    own = socket_of(str((config.get("Labels") or {}).get(LABEL, "")))
    health = config.get("Healthcheck")
    moved = {"Cmd": [str(word).replace(own, LIVE_SOCKET) for word in config["Cmd"]]}
    if health is None:
        return {**config, **moved}
    asked = [str(word).replace(own, LIVE_SOCKET) for word in health["Test"]]
    return {**config, **moved, "Healthcheck": {**health, "Test": asked}}


def _confined(host: Seen) -> dict[str, Any]:
    return {
        "restart": host["RestartPolicy"]["Name"] or "no",
        "read_only": host["ReadonlyRootfs"],
        "init": host["Init"],
        "cap_drop": ["ALL"] if host["CapDrop"] else [],
        "security_opt": host["SecurityOpt"],
        "tmpfs": [f"{path}:{options}" for path, options in (host["Tmpfs"] or {}).items()],
        "mem_limit": host["Memory"],
        "memswap_limit": host["MemorySwap"],
        "cpus": host["NanoCpus"] / SECOND,
        "shm_size": host["ShmSize"],
        "logging": {"driver": host["LogConfig"]["Type"], "options": host["LogConfig"]["Config"]},
    }


def _binds(seen: Seen, *, owns: bool) -> list[str]:
    """Each named volume as `name:path:mode`.

    A fresh volume takes its owner from the first image that mounts it. Pulumi makes the service's
    containers before the edge's; Compose makes all at once, so it is told who does not count.
    """
    return [
        f"{mount['Name']}:{mount['Destination']}:{'rw' if mount['RW'] else 'ro'}"
        + ("" if owns and mount["RW"] else ",nocopy")
        for mount in seen["Mounts"]
        if mount["Type"] == "volume"
    ]


def _health(health: Seen) -> dict[str, Any]:
    """Compose goes on when Docker says so, which asks first after a whole interval: a short one."""
    return {
        "test": [_plain(word) for word in health["Test"]],
        "interval": f"{min(health['Interval'] // SECOND, SHORT)}s",
        "timeout": f"{health['Timeout'] // SECOND}s",
        "start_period": f"{health['StartPeriod'] // SECOND}s",
        "retries": health["Retries"],
    }


def _short(name: str, *, prefix: str) -> str:
    return name.removeprefix(f"{prefix}-")


def _plain(text: str) -> str:
    """Compose takes `$` for the start of a variable."""
    return str(text).replace("$", "$$")
