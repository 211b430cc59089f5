"""What all processes of the Django project share: user, environment, networks and volumes."""

from collections.abc import Mapping, Sequence

import pulumi

from infra.components import user_secrets
from infra.docker.container_arguments import ANONYMOUS, FILES, UIDS, Place, Program
from infra.docker.files import File
from infra.providers.random_secret import Secrets
from stacks.environment import TEMPORARY_FILES, service_environment
from stacks.files.gunicorn import gunicorn_conf
from stacks.loading import load_secrets
from stacks.topology import Topology
from stacks.topology.limits import Limits

SECRETS = ("secret-key", "jwt-keys", "database-password", "cache-password", "queue-password")
# For the service only, which compares requests with them: stacks.environment.operator_tokens.
TOKENS = ("metrics-token", "smoke-token")
STATIC = "/srv/static"
# Components on the network with internet access: they send mail and call APIs.
WITH_INTERNET = ("service", "worker")
NOTHING: Mapping[str, str] = {}


def files(topology: Topology, *, component: str, secrets: Secrets) -> dict[str, File]:
    """The files that the container reads below /run/upshift."""
    result = {name: secrets.file(name) for name in SECRETS}
    result |= user_secrets.files(topology)
    if component == "service":
        result |= {name: secrets.file(name) for name in TOKENS}
        result["gunicorn.conf.py"] = File.plain(gunicorn_conf(topology))
    return result


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
    """A process of the project, with the common environment and its `own` variables."""
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
    outside = ("out",) if component in WITH_INTERNET else ()
    read_only = {FILES} if component == "release" else {FILES, STATIC}
    return Place(
        networks=[f"{topology.prefix}-{name}" for name in ("back", *outside)],
        volumes={TEMPORARY_FILES: ANONYMOUS, **volumes},
        read_only=frozenset(read_only),
        files=version,
    )
