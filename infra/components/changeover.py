"""How running instances are taken over by their successors, without a failed request.

1. The new service and the new worker run beside the old ones until both are ready.
2. The old beat is stopped, and the new one started: two clocks would send each task twice. Where
   none runs, it is started with the others.
3. The edge's link `live.sock` is moved to the new service's socket, in one step. The connections
   that the edge still has to the old one end after their request, a moment later.
4. The old instances are no longer in the program: Pulumi removes them at the end of a good `up`.

A successor that does not become ready is stopped after its last words were taken, and the others
with it: what ran before goes on. The same `up` again starts them again.
Each step looks first whether it is done: an `up` that was killed goes on from there.
"""

import asyncio
import time
from collections.abc import Mapping

import pulumi

from infra.components.service import Processes
from infra.docker.ready import all_ready, longest, until_ready
from infra.process import ask
from stacks import instances as running
from stacks.instances import Found
from stacks.topology import Topology

PAUSE = 0.2  # seconds between two looks at the connections


def once_taken_over(
    value: pulumi.Input[str],
    *,
    topology: Topology,
    processes: Processes,
    instances: Mapping[str, str],
) -> pulumi.Output[str]:
    """`value`, once the new instances of service, worker and beat are the live ones."""
    made = processes.by_component
    ids = pulumi.Output.all(**{component: made[component].id for component in made})

    async def taken_over() -> str:
        known = None if pulumi.runtime.is_dry_run() else await ids.future()
        if known is not None:
            await take_over(topology, containers=known, instances=instances)
        return await pulumi.Output.from_input(value).future() or ""

    return pulumi.Output.from_input(taken_over())


async def take_over(
    topology: Topology, *, containers: Mapping[str, str], instances: Mapping[str, str]
) -> None:
    """Make these containers (component -> id) the live ones. Raises RunError; see above."""
    found, live = await look(topology)
    seconds = longest(topology)
    # Without app.celery there is no worker and no beat.
    beat = containers.get("beat", "")
    old = [one.id for one in found if one.component == "beat" and one.active and one.id != beat]
    at_once = [one for one in containers.values() if one != beat or not old]
    try:
        await all_ready(at_once, seconds=seconds)
        if beat and old:
            await _hand_over_beat(beat, old=old, seconds=seconds)
    except pulumi.RunError:
        new = [one for part, one in containers.items() if live.get(part) != instances[part]]
        if new:
            await ask("docker", "stop", *new)  # what it says must not hide why
        raise
    if live != instances:
        await _mark_live(containers["service"], instances=instances, found=found)
    await _drain(topology, found=found, service=instances["service"])


async def look(topology: Topology) -> tuple[list[Found], dict[str, str]]:
    """The environment's containers, and which instance of each component is live."""
    _, text = await ask(*running.list_command(topology))
    found = running.parse_list(text)
    inside = running.reader(found)
    _, shown = await ask(*running.markers_command(inside)) if inside else (1, "")
    return found, running.parse_markers(shown)


async def _hand_over_beat(beat: str, *, old: list[str], seconds: float) -> None:
    """Stop the beats that run, start the new one; when it fails, start the last one again."""
    code, text = await ask("docker", "stop", *old)
    if code != 0:
        raise pulumi.RunError(f"the old beat could not be stopped: {text.strip()}")
    try:
        await until_ready(beat, seconds=seconds)
    except pulumi.RunError:
        await ask("docker", "stop", beat)
        await ask("docker", "start", *old)
        raise


async def _mark_live(service: str, *, instances: Mapping[str, str], found: list[Found]) -> None:
    """Point the markers to these instances, the socket last; each is replaced in one step.

    Sockets of services that are gone, which one that was killed leaves, are removed.
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
        raise pulumi.RunError(f"the edge could not be moved to the new service: {text.strip()}")


async def _drain(topology: Topology, *, found: list[Found], service: str) -> None:
    """Wait until the edge has no connection to another instance, and so no request either."""
    others = {one.instance for one in found if one.component == "service" and one.active}
    paths = [f"-e {running.socket_of(one)}" for one in sorted(others - {"", service})]
    if not paths:
        return
    # An accepted connection is listed where it came from, by the path that it was made to.
    count = f"grep -cF {' '.join(paths)} /proc/net/unix"
    deadline = time.monotonic() + min(topology.edge.timeout, 60) + 5
    while time.monotonic() < deadline:
        code, _ = await ask("docker", "exec", topology.container("edge"), "sh", "-c", count)
        if code != 0:  # none is left, or no edge runs
            return
        await asyncio.sleep(PAUSE)
    pulumi.log.info("some requests to the old service still run; it ends them within its grace")
