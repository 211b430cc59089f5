"""Gunicorn without the edge: the service's own container once more, with a TCP port in place of
the socket. Same image, settings, limits, files, networks and cores.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ops.run import run
from tests.bench.stack import BenchError

PORT = 8000
STARTING = 60.0  # seconds
GUNICORN = ("gunicorn", "-c", "/run/upshift/gunicorn.conf.py", "--bind", f"0.0.0.0:{PORT}")


@dataclass(frozen=True)
class Bare:
    """A container that answers at an address of Docker's own bridge."""

    name: str

    def url(self, path: str) -> str:
        """Where a generator on this machine asks."""
        return f"http://{address_of(self.name)}:{PORT}{path}"

    def restart(self) -> None:
        """An independent start."""
        run(["docker", "restart", "--time", "5", self.name], timeout=60)

    def wait(self, path: str, *, headers: dict[str, str]) -> None:
        """Until it answers well. Raises BenchError with its log when it does not."""
        wait_for(self.url(path), headers=headers, name=self.name)


def wait_for(url: str, *, headers: dict[str, str], name: str, verify: bool = True) -> None:
    """Until an address answers 200. Raises BenchError with the container's log when it does not."""
    deadline, said = time.monotonic() + STARTING, ""
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(url, headers=headers, timeout=5, trust_env=False, verify=verify)
            if answer.status_code == 200:
                return
            said = f"{answer.status_code} {answer.text[:200]}"
        except httpx.HTTPError as error:
            said = str(error)
        time.sleep(0.2)
    log = run(["docker", "logs", "--tail", "15", name], check=False)
    raise BenchError(f"{name} does not answer at {url}: {said}\n{log.stdout}{log.stderr}")


def beside(
    service: str,
    *,
    name: str,
    wsgi: str,
    label: str,
    cores: str,
    mounts: Sequence[tuple[Path, str]] = (),
    environment: dict[str, str] | None = None,
    command: Sequence[str] = GUNICORN,
) -> Bare:
    """Start Gunicorn beside a service's container, with what that has and `wsgi` in it."""
    seen = inspected(service)
    words = ["docker", "create", *arguments(seen, name=name, label=label, cores=cores)]
    words += ["--volumes-from", service]
    for source, target in mounts:
        words += ["-v", f"{source}:{target}:ro"]
    for key, value in (environment or {}).items():
        words += ["-e", f"{key}={value}"]
    run([*words, seen["Image"], *command, wsgi])
    networks = sorted(seen["NetworkSettings"]["Networks"])
    for network in networks[1:]:
        run(["docker", "network", "connect", network, name])
    run(["docker", "start", name])
    return Bare(name)


def arguments(seen: dict[str, Any], *, name: str, label: str, cores: str) -> list[str]:
    """A container's confinement as arguments of `docker create`."""
    config, host = seen["Config"], seen["HostConfig"]
    words = ["--name", name, "--label", f"upshift.test={label}", "--user", config["User"]]
    words += ["--network", sorted(seen["NetworkSettings"]["Networks"])[0], "--init", "--read-only"]
    words += ["--memory", str(host["Memory"]), "--memory-swap", str(host["MemorySwap"])]
    words += ["--cpus", f"{host['NanoCpus'] / 1e9:g}", "--cap-drop", "ALL"]
    words += ["--security-opt", "no-new-privileges:true", "--shm-size", str(host["ShmSize"])]
    words += ["--cpuset-cpus", cores] if cores else []
    for path, options in (host["Tmpfs"] or {}).items():
        words += ["--tmpfs", f"{path}:{options}"]
    for pair in config["Env"]:
        words += ["-e", pair]
    return words


def address_of(container: str) -> str:
    """An address of the container on Docker's bridges, which this machine reaches directly."""
    networks = inspected(container)["NetworkSettings"]["Networks"].values()
    return str(next(each["IPAddress"] for each in networks if each["IPAddress"]))


def inspected(container: str) -> dict[str, Any]:
    """What Docker shows of it."""
    shown = run(["docker", "container", "inspect", container]).stdout
    found: dict[str, Any] = json.loads(shown)[0]
    return found


def keep_to(cores: str, *, containers: Sequence[str]) -> None:
    """Let running containers use some cores only; empty: leave them alone."""
    if cores:
        run(["docker", "update", "--cpuset-cpus", cores, *containers])
