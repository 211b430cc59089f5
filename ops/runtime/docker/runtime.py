"""Docker as the runtime of an environment: `ops.runtime.interface.Runtime`, method by method."""

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from ops.engine.state import State
from ops.run import attached, run, transfer
from ops.runtime.docker import containers, drift, failure_hints, leftovers, offline, readiness
from ops.runtime.docker.availability import check_engine
from ops.runtime.interface import ComponentStatus, Drift, OfflineData
from stacks.errors import CheckError, PreflightError
from stacks.health import HEALTHY
from stacks.instances import Found
from stacks.topology import Topology

RESTART_LOOP_SECONDS = 10.0  # within this time a container in a restart loop has ended again
LOG_LINES = "15"
EXEC_SECONDS = 15.0


class DockerRuntime:
    """The containers of one environment, on the Docker engine that the user's command reaches."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology

    def check_available(self) -> str:
        """The engine's version. Raises PreflightError when no engine answers this user."""
        return check_engine()

    def status(self, *, memory: Mapping[str, str] | None = None) -> list[ComponentStatus]:
        """Every component of the topology; one without a container is `missing`."""
        measured = self.measure_memory() if memory is None else memory
        return containers.status(self._topology, memory=measured)

    def measure_memory(self) -> Mapping[str, str]:
        """As Docker prints it; measuring takes two seconds."""
        running = {
            component: each.name
            for component, each in containers.current(self._topology).items()
            if each.running
        }
        used = containers.memory_by_name(list(running.values()))
        return {component: used.get(name, "-") for component, name in running.items()}

    def warnings(self) -> list[str]:
        """What the readiness answer calls wrong, and new instances that failed to start."""
        failed = containers.failed_instances(self._topology).values()
        return [
            *readiness.warnings(self._topology),
            *(
                f"{name} did not become ready and was stopped: docker logs {name}"
                for name in failed
            ),
        ]

    def is_healthy(self, component: str) -> bool:
        """Whether its container runs and its health check passes."""
        found = containers.current(self._topology).get(component)
        if found is None or not found.running:
            return False
        (item,) = containers.inspect(found.id)
        return containers.health_of(item) == HEALTHY

    def wait_until_healthy(self, component: str, *, seconds: float) -> None:
        """Poll its health. Raises CheckError, with the end of its log."""
        deadline = time.monotonic() + seconds
        while not self.is_healthy(component):
            if time.monotonic() > deadline:
                name = self._container(component).name
                raise CheckError(
                    f"{name} did not become healthy within {seconds:g} s\n"
                    + containers.log_tail(name, lines=LOG_LINES),
                    where=name,
                    hint=f"ops logs {self._topology.stack} {component}",
                )
            time.sleep(0.5)

    def logs(self, component: str, *, follow: bool, tail: str) -> int:
        """`docker logs` on this terminal."""
        name = self._container(component).name
        return attached(["docker", "logs", "--tail", tail, *(["--follow"] if follow else []), name])

    def exec(self, component: str, command: Sequence[str]) -> int:
        """`docker exec` on this terminal. Raises PreflightError when the container is not running,
        or is in a restart loop, in which it runs for a moment only.
        """
        name = self._container(component).name
        self._require_running(name)
        terminal = ["-it"] if sys.stdin.isatty() and sys.stdout.isatty() else ["-i"]
        code = attached(["docker", "exec", *terminal, name, *command])
        if code != 0 and _in_restart_loop(name):
            self._require_running(name)
        return code

    def output_of(self, component: str, command: Sequence[str]) -> str | None:
        """`docker exec`, with the output captured."""
        found = containers.current(self._topology).get(component)
        if found is None or not found.running:
            return None
        done = run(["docker", "exec", found.id, *command], check=False, timeout=EXEC_SECONDS)
        return done.stdout if done.code == 0 else None

    def copy_from(self, component: str, *, source: str, target: Path) -> None:
        """Read the file inside the container: `docker cp` cannot see what is on a tmpfs."""
        name = self._container(component).name
        transfer(["docker", "exec", name, "cat", source], target=target)

    def copy_to(self, component: str, *, source: Path, target: str) -> None:
        """Write the file inside the container: `docker cp` refuses a read-only root."""
        name = self._container(component).name
        write = ["sh", "-c", 'cat > "$1"', "sh", target]
        transfer(["docker", "exec", "-i", name, *write], source=source)

    def restart(self, component: str) -> None:
        """`docker restart`, with the container's own stop signal and grace period."""
        run(["docker", "restart", self._container(component).name])

    def offline(self, component: str) -> AbstractContextManager[OfflineData]:
        """Stop the container, and run scripts on its volume in a container of the same image."""
        return offline.stopped(self._topology, component)

    def failure_evidence(self) -> str:
        """The last log lines of every container that is not healthy."""
        return containers.failure_evidence(self._topology)

    def failure_hint(self, evidence: str) -> str:
        """The next step for a cause that the evidence shows; empty when the cause is unknown."""
        return failure_hints.next_step(evidence, topology=self._topology)

    def drift(self, state: State) -> list[Drift]:
        """Compare with `docker inspect`; instances that Upshift itself has stopped are no drift."""
        return drift.find(state, ignore=containers.failed_instances(self._topology))

    def unrecorded_data(self, state: State) -> str:
        """The database's volume, when Pulumi's state does not know it."""
        return leftovers.unrecorded_data(self._topology, state=state)

    def remove_leftovers(self, state: State) -> None:
        """Containers and networks that an interrupted run created and did not record."""
        leftovers.remove(self._topology, state=state)
        leftovers.refuse_foreign(state)

    def _container(self, component: str) -> Found:
        """The container that runs the component. Raises PreflightError when there is none."""
        topology = self._topology
        if component not in (*topology.components, "release", "files"):
            raise PreflightError(
                f"the stack '{topology.stack}' has no component '{component}'",
                hint=f"its components: {', '.join(topology.components)}",
            )
        check_engine()
        found = containers.current(topology).get(component)
        if found is None:
            raise PreflightError(
                f"the container {topology.container(component)} does not exist",
                hint=f"ops up {topology.stack}",
            )
        return found

    def _require_running(self, name: str) -> None:
        (item,) = containers.inspect(name)
        if item["State"]["Status"] == "running":
            return
        log = containers.log_tail(name, lines="5")
        raise PreflightError(
            f"{name} is not running: it is {item['State']['Status']}, and its process ended with"
            f" code {item['State']['ExitCode']}; the end of its log:\n{log}",
            where=name,
            hint=self.failure_hint(log)
            or f"docker logs {name} shows more; ops up {self._topology.stack} starts it",
        )


def _in_restart_loop(name: str) -> bool:
    """Whether the container ends again soon after each start."""
    deadline = time.monotonic() + RESTART_LOOP_SECONDS
    while time.monotonic() < deadline:
        (item,) = containers.inspect(name)
        if item["State"]["Status"] != "running":
            return True
        if not item["RestartCount"] or containers.health_of(item) == HEALTHY:
            return False
        time.sleep(0.2)
    return False
