"""`ops repair redis-queue`: mend the append-only file of the queue's Redis, and keep a copy.

`redis-check-aof` of the very image that wrote the file says where it stops being readable, and cuts
it there. It is asked first without `--fix`: given a manifest that it cannot read it would take it
for an old file, and empty it.
"""

import datetime as dt
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ops import show
from ops.run import Completed, run
from ops.runtime import containers
from stacks.errors import CheckError, PreflightError
from stacks.health import HEALTHY
from stacks.release import image_tags
from stacks.topology import Topology

COMPONENT = "redis-queue"
FOLDER = "/data/appendonlydir"
MANIFEST = f"{FOLDER}/appendonly.aof.manifest"
VALID = "All AOF files and manifest are valid"
CUT = re.compile(r"AOF analyzed: filename=(\S+), size=(\d+), ok_up_to=(\d+), .*diff=([1-9]\d*)")
# Only where nothing is to be chosen: of two files the older may be what the base holds already.
PAIR = f"""
set -eu; cd {FOLDER}
set -- appendonly.aof.*.base.rdb appendonly.aof.*.incr.aof
if [ $# -ne 2 ] || ! [ -f "$1" ] || ! [ -f "$2" ]; then exit 3; fi
"""
REBUILD = f"""{PAIR}
number() {{ echo "$1" | cut -d. -f3; }}
printf 'file %s seq %s type b\\nfile %s seq %s type i\\n' \\
    "$1" "$(number "$1")" "$2" "$(number "$2")" > {MANIFEST}
"""


@dataclass(frozen=True)
class Verdict:
    """What the file's own tool says: whether it can be read, and else what it would cut."""

    valid: bool
    text: str
    file: str = ""
    size: int = 0
    cut: int = 0


def repair(topology: Topology, *, start_empty: bool, agreed: Callable[[str], None]) -> None:
    """Mend the file and start Redis again; `agreed` is told what will be done, and raises if not.

    Raises PreflightError where nothing is broken or the tool cannot mend it (then nothing was
    changed), CheckError when Redis does not become ready afterwards.
    """
    item = _broken(topology)
    name = str(item["Name"]).lstrip("/")
    if not item.get("Id"):
        _mend(item, topology=topology, start_empty=start_empty, agreed=agreed)
        show.say(f"there is no container {name}; next: ops up {topology.stack}")
        return
    run(["docker", "stop", name])
    try:
        _mend(item, topology=topology, start_empty=start_empty, agreed=agreed)
    finally:
        run(["docker", "start", name])
    _wait(name, seconds=topology.health.start_period + 60)
    show.say(f"{name} is ready")


def _broken(topology: Topology) -> dict[str, Any]:
    """Docker's word of the container. Raises PreflightError when it is there and well."""
    found = containers.current(topology).get(COMPONENT)
    if found is None:
        return _without_container(topology)
    (item,) = containers.inspect(found.id)
    if found.running and containers.health_of(item) == HEALTHY:
        raise PreflightError(
            f"{found.name} runs and is healthy: there is nothing to repair",
            where=f"ops status {topology.stack}",
            hint=f"ops logs {COMPONENT} --stack {topology.stack}; nothing was changed",
        )
    return item


def _without_container(topology: Topology) -> dict[str, Any]:
    """What is needed of one that an up has removed and could not make again: only the volume."""
    volume = f"{topology.prefix}-{COMPONENT}-data"
    if run(["docker", "volume", "inspect", volume], check=False).code != 0:
        raise PreflightError(
            f"there is neither a container {topology.container(COMPONENT)} nor a volume {volume}",
            hint=f"ops up {topology.stack}",
        )
    image = image_tags(topology)["redis"]
    user = run(["docker", "image", "inspect", "-f", "{{.Config.User}}", image]).stdout.strip()
    return {
        "Name": topology.container(COMPONENT),
        "Image": image,
        "Config": {"User": user, "Labels": topology.labels(COMPONENT)},
        "Mounts": [{"Destination": "/data", "Name": volume}],
    }


def _mend(
    item: dict[str, Any], *, topology: Topology, start_empty: bool, agreed: Callable[[str], None]
) -> None:
    copy = f"{FOLDER}.{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
    if start_empty:
        agreed(
            "start with an empty queue: everyone is logged out, the outbox sends its tasks again,"
            f" other tasks are lost; what was there is kept as {copy}"
        )
        _said(item, f"mv {FOLDER} {copy}")
    else:
        verdict = _verdict(item, topology=topology)
        if verdict.valid:
            show.say("redis-check-aof finds nothing wrong in the file: it is left as it is")
            return
        _cut(item, verdict=verdict, copy=copy, agreed=agreed)
    show.say(f"what was there is kept as {copy}, in the volume. When it is not wanted any longer:")
    show.say(f"    ops exec --stack {topology.stack} {COMPONENT} -- rm -r {copy}")


def _cut(
    item: dict[str, Any], *, verdict: Verdict, copy: str, agreed: Callable[[str], None]
) -> None:
    if verdict.file:
        agreed(
            f"cut the last {verdict.cut} of {verdict.size} bytes of {verdict.file}:"
            f" the commands in them are lost; a copy is kept as {copy}"
        )
    else:
        agreed(f"write the manifest anew, from the names of the two files; a copy goes to {copy}")
    _said(item, f"cp -a {FOLDER} {copy} || {{ rm -rf {copy}; exit 1; }}")
    if not verdict.file:
        _said(item, REBUILD)
    _said(item, f"echo y | redis-check-aof --fix {MANIFEST}")
    if verdict.file:
        show.say(f"{verdict.cut} of {verdict.size} bytes of {verdict.file} were cut")


def _verdict(item: dict[str, Any], *, topology: Topology) -> Verdict:
    """Ask without changing anything. Raises PreflightError where the tool could not mend it."""
    text = _tool(item, f"redis-check-aof {MANIFEST} 2>&1").stdout
    if VALID in text:
        return Verdict(True, text)
    found = CUT.search(text)
    if "Multi Part AOF" in text and found:
        return Verdict(False, text, found[1], int(found[2]), int(found[4]))
    if "Multi Part AOF" not in text and _tool(item, PAIR).code == 0:
        return Verdict(False, text)
    tail = "\n".join(text.strip().splitlines()[-4:])
    raise PreflightError(
        f"redis-check-aof cannot mend the queue's file:\n{tail}",
        where=f"{MANIFEST} in the container {str(item['Name']).lstrip('/')}",
        hint=f"ops repair {COMPONENT} {topology.stack} --start-empty keeps it and starts anew",
    )


def _said(item: dict[str, Any], script: str) -> str:
    """What a script in a container of the same image prints; a failure is told with its output."""
    done = _tool(item, script)
    if done.code != 0:
        raise CheckError(
            f"the queue's file could not be mended:\n{(done.stdout + done.stderr).strip()}",
            where=f"the volume {_volume(item)}",
            hint="nothing was lost: the file, or its copy beside it, is as it was",
        )
    return done.stdout


def _tool(item: dict[str, Any], script: str) -> Completed:
    """Run a script on the volume, in the container's image and as its user, without a network."""
    words = ["docker", "run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL"]
    words += ["--security-opt", "no-new-privileges", "--user", item["Config"]["User"]]
    words += ["--pids-limit", "64", "--memory", "256m", "--volume", f"{_volume(item)}:/data"]
    for label, value in item["Config"]["Labels"].items():
        if label in ("upshift.name", "upshift.stack", "upshift.test"):
            words += ["--label", f"{label}={value}"]
    return run([*words, item["Image"], "sh", "-c", script], check=False)


def _volume(item: dict[str, Any]) -> str:
    return next(str(one["Name"]) for one in item["Mounts"] if one["Destination"] == "/data")


def _wait(name: str, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        (item,) = containers.inspect(name)
        if item["State"]["Running"] and containers.health_of(item) == HEALTHY:
            return
        time.sleep(0.5)
    log = run(["docker", "logs", "--tail", "15", name], check=False)
    raise CheckError(
        f"{name} did not become ready within {seconds:g} s\n{(log.stdout + log.stderr).strip()}",
        where=name,
        hint=f"docker logs {name}",
    )
