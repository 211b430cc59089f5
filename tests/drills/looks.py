"""What was filled, as the parts themselves say it."""

import json
from dataclasses import dataclass
from typing import Any

from ops.run import run
from stacks.topology import Topology
from tests.host.environment import Environment

REDIS = 'export REDISCLI_AUTH="$(cut -d" " -f2 /run/upshift/auth.conf)"; redis-cli'
RETENTION = (
    "python -c 'import django; django.setup(); from config.celery import app;"
    ' e = app.conf.result_expires; print(getattr(e, "total_seconds", lambda: e)())\''
)
MIB = 1_048_576


@dataclass(frozen=True)
class State:
    """Amounts in MiB; `restarts` counts each container's, by component."""

    broker: float
    broker_most: float
    sessions: int
    disk: float
    ready: bool
    worker: str
    restarts: dict[str, int]

    def told(self) -> dict[str, Any]:
        """For the report."""
        return dict(vars(self))


def look(topology: Topology, *, ready: bool) -> State:
    """Ask each part."""
    environment = Environment(topology)
    memory = dict(
        line.split(":", 1)
        for line in _ask(environment, "redis-queue", f"{REDIS} info memory").splitlines()
        if ":" in line
    )
    sessions = _ask(environment, "redis-queue", f"{REDIS} -n 2 dbsize")
    used = _ask(environment, "postgres", "df -k --output=used /var/lib/postgresql/data | tail -1")
    return State(
        broker=round(int(memory["used_memory"]) / MIB, 2),
        broker_most=round(int(memory["maxmemory"]) / MIB, 2),
        sessions=int(sessions.split()[-1]),
        disk=round(int(used) / 1024, 1),
        ready=ready,
        worker=environment.health("worker"),
        restarts={
            part: int(environment.container(part)["RestartCount"])
            for part in ("edge", "service", "worker", "beat", "postgres", "redis-queue")
        },
    )


def result_seconds(topology: Topology) -> float:
    """How long the result of a task is kept."""
    return float(_ask(Environment(topology), "worker", RETENTION).splitlines()[-1])


def _ask(environment: Environment, component: str, command: str) -> str:
    name = environment.container(component)["Id"]
    return run(["docker", "exec", str(name), "sh", "-c", command], timeout=30).stdout.strip()


def as_json(report: Any) -> str:
    """The report as it is kept."""
    return json.dumps(report, indent=2, sort_keys=True) + "\n"
