"""A stack to be asked: limits raised, containers pinned, and Gunicorn once more beside it."""

import os
from typing import Any

from ops.run import run
from ops.runtime.docker import containers
from stacks.loading import load_topology
from stacks.topology import COMPONENTS
from tests.bench import bare, memory
from tests.bench.asking import Ask
from tests.bench.machine import pins
from tests.journey.conftest import Journey

# A tenth of the projects that `manage.py seed` makes is public: a page of 25 is full.
SEED = ("--users", "5", "--projects", "400", "--tasks", "0", "--yes-in-production")
RAISED: dict[str, Any] = {
    "edge": {
        "requests_per_second": 1_000_000,
        "connections": 1_000,
        "limits": {"memory": 256, "cpus": 2.0},
    },
}
# Who shows who they are gets an answer of their own: the edge shares nothing with them.
PERSONAL = {"Cookie": "bench=1"}
BEHIND_TLS = {"X-Forwarded-Proto": "https"}


class EdgeStack:
    """A running stack of the bench's own; see RAISED."""

    def __init__(self, journey: Journey) -> None:
        self.topology = load_topology(journey.stack)
        self.cores = os.cpu_count() or 1
        self.pins = pins(self.cores)
        running = containers.current(self.topology)
        self.names = {name: running[name].name for name in COMPONENTS}
        self.label = journey.stack
        self.host = {"Host": f"localhost:{self.topology.edge.https_port}"}
        self.behind_tls = {**self.host, **BEHIND_TLS}
        self.pin()
        self.bare = bare.beside(
            self.names["service"],
            name=f"{self.topology.prefix}-bare",
            wsgi=self.topology.app.wsgi,
            label=journey.stack,
            cores=self.pins.service,
        )

    def pin(self) -> None:
        """The service alone on its core."""
        around = [name for part, name in self.names.items() if part != "service"]
        bare.keep_to(self.pins.service, containers=[self.names["service"]])
        bare.keep_to(self.pins.around, containers=around)

    def spread(self) -> None:
        """Every core for the edge, where the service is not asked."""
        if self.pins.service:
            bare.keep_to(f"0-{self.cores - 1}", containers=[self.names["edge"]])

    def fill(self) -> None:
        """Write what the lists show."""
        seed = ["python", "manage.py", "seed", *SEED]
        run(["docker", "exec", self.names["service"], *seed], timeout=120)

    def start_afresh(self) -> None:
        """New processes of Gunicorn, on both sides."""
        run(["docker", "restart", "--time", "5", self.names["service"]], timeout=60)
        self.bare.restart()
        live = self.topology.app.live_path
        self.bare.wait(live, headers=self.behind_tls)
        url = f"{self.topology.url}{live}"
        bare.wait_for(url, headers=self.host, name=self.names["service"], verify=False)

    def at_edge(self, path: str, *, personal: bool) -> Ask:
        """A request over TLS, to the container's own address.

        By the port on 127.0.0.1 it would go through Docker's proxy, a process that copies each
        byte, and which requests from other machines do not meet.
        """
        headers = {**self.host, **(PERSONAL if personal else {})}
        return Ask(f"https://{bare.address_of(self.names['edge'])}:8443{path}", headers=headers)

    def at_gunicorn(self, path: str, *, personal: bool) -> Ask:
        """The same request as the edge would send it on, over TCP."""
        headers = {**self.behind_tls, **(PERSONAL if personal else {})}
        return Ask(self.bare.url(path), headers=headers)

    def for_metrics(self) -> dict[str, str]:
        """The headers that let a client read the service's metrics."""
        told = run(["docker", "exec", self.names["service"], "cat", "/run/upshift/metrics-token"])
        return {"Authorization": f"Bearer {told.stdout.strip()}"}

    def static_file(self) -> str:
        """A file of some KB that the release job collected."""
        listing = "find /srv/static -name '*.css' -size +3k -size -40k | sort | head -1"
        found = run(["docker", "exec", self.names["edge"], "sh", "-c", listing]).stdout.strip()
        return found.removeprefix("/srv")

    def facts(self) -> dict[str, str]:
        """Memory, once all has been asked."""
        used = memory.of_containers(list(self.names.values()))
        told = {f"memory of {part}": used.get(name, "-") for part, name in self.names.items()}
        told["memory of Gunicorn's workers"] = memory.of_workers(self.names["service"])
        told["the static file"] = self.static_file()
        return told
