"""The edge's configuration: validated before it is used, and reloaded without a new container.

A changed `nginx.conf`, certificate or header is loaded by the running Nginx (`nginx -s reload`):
its new processes accept connections at once, and its old ones finish their requests. A second
Nginx validates the files first, while the running one still has the old files: so an edge that is
restarted later does not fail either.
"""

import asyncio
import io
import tarfile
import time
from collections.abc import Mapping

import pulumi
import pulumi_docker as docker

from infra.docker.container_arguments import FILES, UIDS
from infra.docker.files import File, Files
from infra.process import ask
from stacks.files.nginx import LOOPBACK_PORT, SPOOL
from stacks.topology import Topology

VERSION_FILE = "version.conf"
CONF = f"{FILES}/nginx.conf"
RELOAD_SECONDS = 15.0  # until the new processes answer
POLL_SECONDS = 0.1


def when_valid(
    image: pulumi.Input[str],
    *,
    topology: Topology,
    nginx: pulumi.Input[str],
    files: Mapping[str, File],
) -> pulumi.Output[str]:
    """`image` (of the container that holds the files), once Nginx accepts the new files.

    `nginx` is the id of the edge's image. Nothing is validated where no edge runs yet, or where the
    running one has loaded these files. Raises RunError with Nginx's own message.
    """
    contents = pulumi.Output.all(**{name: file.content for name, file in files.items()})
    wanted = pulumi.Output.all(contents, files[VERSION_FILE].version, nginx)

    async def wait() -> str:
        known = None if pulumi.runtime.is_dry_run() else await wanted.future()
        if known is not None:
            loaded = await loaded_version(topology)
            if loaded not in ("", known[1]):
                await validate(topology, image=known[2], contents=known[0])
        return await pulumi.Output.from_input(image).future() or ""

    return pulumi.Output.from_input(wait())


def when_reloaded(
    value: pulumi.Input[str], *, topology: Topology, files: Files, edge: docker.Container
) -> pulumi.Output[str]:
    """`value`, once the running edge has loaded the files in its volume."""
    version = files.by_component["edge"][VERSION_FILE].version
    wanted = pulumi.Output.all(version, files.carrier.id, edge.id)

    async def wait() -> str:
        known = None if pulumi.runtime.is_dry_run() else await wanted.future()
        if known is not None:
            await _load(topology, version=known[0])
        return await pulumi.Output.from_input(value).future() or ""

    return pulumi.Output.from_input(wait())


async def loaded_version(topology: Topology) -> str:
    """The version that the running edge has loaded; empty when it does not answer."""
    url = f"https://127.0.0.1:{LOOPBACK_PORT}/settings"
    code, text = await ask("docker", "exec", topology.container("edge"), "curl", "-fsk", url)
    return text.strip() if code == 0 else ""


async def _load(topology: Topology, *, version: str) -> None:
    edge = topology.container("edge")
    if await loaded_version(topology) in (
        "",
        version,
    ):  # one that is still starting reads them anyway
        return
    for command in (["-t", "-q"], ["-s", "reload"]):
        code, text = await ask("docker", "exec", edge, "nginx", "-c", CONF, *command)
        if code != 0:
            raise pulumi.RunError(f"{edge} cannot load its configuration: {text.strip()}")
    deadline = time.monotonic() + RELOAD_SECONDS
    while await loaded_version(topology) != version:
        if time.monotonic() > deadline:
            _, log = await ask("docker", "logs", "--tail", "15", edge)
            raise pulumi.RunError(f"{edge} did not load its configuration in time:\n{log.strip()}")
        await asyncio.sleep(POLL_SECONDS)


async def validate(topology: Topology, *, image: str, contents: Mapping[str, str]) -> None:
    """Let a second Nginx, without a network, validate the new files, which it reads from stdin."""
    user, mine = UIDS["nginx"], f"uid={UIDS['nginx']},gid={UIDS['nginx']},mode=0700"
    labels = [f"--label={key}={value}" for key, value in topology.labels("settings").items()]
    tmpfs = [f"--tmpfs={path}:rw,size=8m,{mine}" for path in (FILES, "/tmp", "/run/cache", SPOOL)]
    confined = ["--network=none", "--read-only", "--cap-drop=ALL", "--memory=64m"]
    confined += ["--security-opt=no-new-privileges:true", f"--user={user}:{user}"]
    script = f"tar -x -C {FILES} && exec nginx -t -q -c {CONF}"
    code, text = await ask(
        *("docker", "run", "--rm", "-i", *labels, *tmpfs, *confined, image, "sh", "-c", script),
        stdin=_packed(contents),
    )
    if code != 0:
        raise pulumi.RunError(f"Nginx rejects the edge's new configuration: {text.strip()}")


def _packed(contents: Mapping[str, str]) -> bytes:
    """The files as a tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in sorted(contents.items()):
            data = content.encode()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o400
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()
