"""The rollout: replace running instances by new ones, without a failed request.

1. The new service and the new worker run beside the old ones until both are ready.
2. The old beat is stopped, and the new one started: two would send each task twice. When no beat
   runs, the new one is started with the others.
3. The edge's link `live.sock` is switched to the new service's socket, atomically. Connections that
   the edge has to the old one are closed after their current request.
4. The old instances are no longer in the program: Pulumi removes them at the end of a successful
   `up`.

A new instance that does not become ready is stopped, after the end of its log was read, and so are
the others: what ran before stays in service. The same `up` again starts them again.
Each step checks first whether it is done: a run after a killed one continues from there.
"""

import asyncio
import time
from collections.abc import Mapping

import pulumi

from infra.components.service import Processes
from infra.docker.readiness import longest, wait_until_all_ready, wait_until_ready
from infra.process import ask
from stacks import instances as running
from stacks.instances import Found
from stacks.topology import Topology

POLL_SECONDS = 0.2


def when_rolled_out(
    value: pulumi.Input[str],
    *,
    topology: Topology,
    processes: Processes,
    instances: Mapping[str, str],
) -> pulumi.Output[str]:
    """`value`, once the new instances of service, worker and beat are live."""
    containers = processes.by_component
    ids = pulumi.Output.all(**{name: each.id for name, each in containers.items()})

    async def wait() -> str:
        known = None if pulumi.runtime.is_dry_run() else await ids.future()
        if known is not None:
            await roll_out(topology, containers=known, instances=instances)
        return await pulumi.Output.from_input(value).future() or ""

    return pulumi.Output.from_input(wait())


async def roll_out(
    topology: Topology, *, containers: Mapping[str, str], instances: Mapping[str, str]
) -> None:
    """Make these containers (component -> id) the live ones. Raises RunError; see above."""
    found, live = await inspect(topology)
    seconds = longest(topology)
    # Without app.celery there is no worker and no beat.
    beat = containers.get("beat", "")
    old = [one.id for one in found if one.component == "beat" and one.active and one.id != beat]
    start_now = [one for one in containers.values() if one != beat or not old]
    try:
        await wait_until_all_ready(start_now, seconds=seconds)
        if beat and old:
            await _replace_beat(beat, old=old, seconds=seconds)
    except pulumi.RunError:
        new = [one for part, one in containers.items() if live.get(part) != instances[part]]
        if new:
            await ask("docker", "stop", *new)  # its result must not hide the cause
        raise
    if live != instances:
        await _mark_live(containers["service"], instances=instances, found=found)
    await _drain(topology, found=found, service=instances["service"])


async def inspect(topology: Topology) -> tuple[list[Found], dict[str, str]]:
    """The environment's containers, and which instance of each component is live."""
    _, text = await ask(*running.list_command(topology))
    found = running.parse_list(text)
    inside = running.reader(found)
    _, shown = await ask(*running.markers_command(inside)) if inside else (1, "")
    return found, running.parse_markers(shown)


async def _replace_beat(beat: str, *, old: list[str], seconds: float) -> None:
    """Stop the running beat, start the new one; when that fails, start the old one again."""
    code, text = await ask("docker", "stop", *old)
    if code != 0:
        raise pulumi.RunError(f"the old beat could not be stopped: {text.strip()}")
    try:
        await wait_until_ready(beat, seconds=seconds)
    except pulumi.RunError:
        await ask("docker", "stop", beat)
        await ask("docker", "start", *old)
        raise


async def _mark_live(service: str, *, instances: Mapping[str, str], found: list[Found]) -> None:
    """Point the markers to these instances, the socket last; each is replaced atomically.

    Sockets that a killed service has left are removed.
    """
    absent = [part for part in running.INSTANCED if part not in instances]
    targets = {**instances, "service": f"{instances['service']}.sock"}
    moves = [f"rm -f {running.marker(component)}" for component in absent]
    moves += [
        f"ln -sfn {targets[component]} .next && mv -Tf .next {running.marker(component)}"
        for component in ("worker", "beat", "service")
        if component in targets
    ]
    known = {one.instance for one in found if one.component == "service"} | {instances["service"]}
    kept = "|".join(f"{one}.sock" for one in sorted(known - {""}))
    clear = (
        f'for each in [0-9a-f]*.sock; do case "$each" in {kept}) ;; *) rm -f "$each" ;; esac; done'
    )
    script = " && ".join([f"cd {running.SOCKETS}", *moves, clear])
    code, text = await ask("docker", "exec", service, "sh", "-c", script)
    if code != 0:
        raise pulumi.RunError(f"the edge could not be switched to the new service: {text.strip()}")


async def _drain(topology: Topology, *, found: list[Found], service: str) -> None:
    """Wait until the edge has no connection, and so no request, to another instance."""
    others = {one.instance for one in found if one.component == "service" and one.active}
    paths = [f"-e {running.socket_of(one)}" for one in sorted(others - {"", service})]
    if not paths:
        return
    # /proc/net/unix lists a connection by the path of the socket that it was made to.
    count = f"grep -cF {' '.join(paths)} /proc/net/unix"
    deadline = time.monotonic() + min(topology.edge.timeout, 60) + 5
    while time.monotonic() < deadline:
        code, _ = await ask("docker", "exec", topology.container("edge"), "sh", "-c", count)
        if code != 0:  # no connection is left, or no edge runs
            return
        await asyncio.sleep(POLL_SECONDS)
    pulumi.log.info("the old service still has requests; it finishes them within its grace period")
