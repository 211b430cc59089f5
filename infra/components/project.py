"""What every process of the Django project shares: its image's user, environment and place."""

from collections.abc import Mapping, Sequence

import pulumi

from infra.components import user_secrets
from infra.docker.container import ANONYMOUS, FILES, UIDS, Place, Program
from infra.docker.files import File
from infra.providers.random_secret import Secrets
from stacks.environment import TEMPORARY_FILES, service_environment
from stacks.files.gunicorn import gunicorn_conf
from stacks.loading import load_secrets
from stacks.topology import Topology
from stacks.topology.limits import Limits

SECRETS = ("secret-key", "jwt-keys", "database-password", "cache-password", "queue-password")
# What only the process that answers requests compares with: stacks.environment.operator_tokens.
TOKENS = ("metrics-token", "smoke-token")
STATIC = "/srv/static"
# The network to the world, for what sends mail and calls others; the data never has one.
CALLERS = ("service", "worker")
NOTHING: Mapping[str, str] = {}


def files(topology: Topology, *, component: str, secrets: Secrets) -> dict[str, File]:
    """What the container reads below /run/upshift."""
    carried = {name: secrets.file(name) for name in SECRETS}
    carried |= user_secrets.files(topology)
    if component == "service":
        carried |= {name: secrets.file(name) for name in TOKENS}
        carried["gunicorn.conf.py"] = File.plain(gunicorn_conf(topology))
    return carried


def program(
    topology: Topology,
    *,
    image: pulumi.Input[str],
    limits: Limits,
    command: Sequence[str],
    health: Sequence[str] = (),
    own: Mapping[str, str] = NOTHING,
    stop_grace: int = Program.stop_grace,
    start: bool = True,
) -> Program:
    """A process of the project, with the environment that all of them have, and its `own`."""
    return Program(
        image=image,
        uid=UIDS["app"],
        limits=limits,
        command=command,
        environment={
            **own,
            **service_environment(topology, secrets=load_secrets(topology.stack)),
        },
        health=health,
        stop_grace=stop_grace,
        start=start,
    )


def place(
    topology: Topology,
    *,
    component: str,
    volumes: Mapping[str, str],
    version: pulumi.Input[str],
) -> Place:
    """Its networks, and its volumes as {path: volume}; `version` is that of its files."""
    way_out = ("out",) if component in CALLERS else ()
    sealed = {FILES} if component == "release" else {FILES, STATIC}
    return Place(
        networks=[f"{topology.prefix}-{name}" for name in ("back", *way_out)],
        volumes={TEMPORARY_FILES: ANONYMOUS, **volumes},
        read_only=frozenset(sealed),
        files=version,
    )
