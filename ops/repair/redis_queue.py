"""`ops repair STACK redis-queue`: repair the queue's append-only file, and keep a copy of it.

`redis-check-aof`, from the very image that wrote the file, finds where it stops being readable, and
truncates it there. It runs first without `--fix`: a manifest that it cannot read it would take for
a file of the old format, and empty it.
"""

import datetime as dt
from collections.abc import Callable

from ops import show
from ops.repair import aof_check
from ops.repair.aof_check import FOLDER, MANIFEST, AofCheck
from ops.runtime import runtime_for
from ops.runtime.interface import OfflineData
from stacks.errors import CheckError, PreflightError
from stacks.topology import Topology

COMPONENT = "redis-queue"
START_SECONDS = 60  # beside the topology's health.start_period


def repair(topology: Topology, *, start_empty: bool, confirm: Callable[[str], None]) -> None:
    """Repair the file and start Redis again.

    `confirm` gets a description of each change, and raises to refuse it. Raises PreflightError
    where nothing is broken or the tool cannot repair it (then nothing was changed), CheckError when
    Redis does not become healthy afterwards.
    """
    runtime = runtime_for(topology)
    if runtime.is_healthy(COMPONENT):
        raise PreflightError(
            f"{topology.container(COMPONENT)} is healthy: there is nothing to repair",
            where=f"ops status {topology.stack}",
            hint=f"ops logs {topology.stack} {COMPONENT}; nothing was changed",
        )
    with runtime.offline(COMPONENT) as data:
        _repair(data, topology=topology, start_empty=start_empty, confirm=confirm)
    if not data.can_start:
        show.say(f"the container {data.name} does not exist; next: ops up {topology.stack}")
        return
    runtime.wait_until_healthy(COMPONENT, seconds=topology.health.start_period + START_SECONDS)
    show.say(f"{data.name} is healthy")


def _repair(
    data: OfflineData, *, topology: Topology, start_empty: bool, confirm: Callable[[str], None]
) -> None:
    copy = f"{FOLDER}.{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
    if start_empty:
        confirm(
            "start with an empty queue: all users are logged out, the outbox sends its tasks again,"
            f" other tasks are lost; the present content is kept as {copy}"
        )
        _run(data, f"mv {FOLDER} {copy}")
    else:
        found = _check(data, topology=topology)
        if found.is_valid:
            show.say("redis-check-aof reports no error: the file is left unchanged")
            return
        _fix(data, found=found, copy=copy, confirm=confirm)
    show.say(f"the previous content is kept in the volume, as {copy}. To delete it:")
    show.say(f"    ops exec {topology.stack} {COMPONENT} -- rm -r {copy}")


def _fix(data: OfflineData, *, found: AofCheck, copy: str, confirm: Callable[[str], None]) -> None:
    """Truncate the file, or write its manifest again; the copy is made first."""
    if found.file:
        confirm(
            f"remove the last {found.excess} of {found.size} bytes of {found.file}:"
            f" the commands in them are lost; a copy is kept as {copy}"
        )
    else:
        confirm(f"write the manifest again, from the names of the files; a copy is kept as {copy}")
    _run(data, f"cp -a {FOLDER} {copy} || {{ rm -rf {copy}; exit 1; }}")
    if not found.file:
        _run(data, aof_check.WRITE_MANIFEST)
    _run(data, aof_check.FIX)
    if found.file:
        show.say(f"{found.excess} of {found.size} bytes of {found.file} were removed")


def _check(data: OfflineData, *, topology: Topology) -> AofCheck:
    """Check without changing anything. Raises PreflightError when the tool cannot repair it."""
    output = data.run(aof_check.CHECK).stdout
    found = aof_check.parse(output)
    if found.is_valid or found.file:
        return found
    if not found.is_manifest_readable and data.run(aof_check.HAS_ONE_PAIR).code == 0:
        return found
    tail = "\n".join(output.strip().splitlines()[-4:])
    raise PreflightError(
        f"redis-check-aof cannot repair the queue's file:\n{tail}",
        where=f"{MANIFEST} in {data.name}",
        hint=f"ops repair {topology.stack} {COMPONENT} --start-empty keeps a copy and starts empty",
    )


def _run(data: OfflineData, script: str) -> None:
    """Run a script on the data. Raises CheckError with its output when it fails."""
    done = data.run(script)
    if done.code != 0:
        raise CheckError(
            f"the queue's file could not be repaired:\n{(done.stdout + done.stderr).strip()}",
            where=data.location,
            hint="no data was lost: the file, or its copy beside it, is unchanged",
        )
