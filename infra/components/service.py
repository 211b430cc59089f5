"""The Django project's processes: release job, service, worker and beat, all of one image."""

import shlex
from collections.abc import Sequence

import pulumi
import pulumi_docker as docker

from infra.container import UIDS, Place, Program, run_on, run_once
from infra.files import File, Files
from infra.random_secret import Secrets
from infra.release_attempt import attempt_for, image_after
from stacks.environment import service_environment
from stacks.files.gunicorn import gunicorn_conf
from stacks.topology.limits import Limits
from stacks.topology import Topology
from stacks.values import in_url

SECRETS = ("secret-key", "jwt-keys", "database-password", "cache-password", "queue-password")
# Once for a release, and not at each request: the edge sends what ends in .gz as it is.
COMPRESS = (
    *("find", "/srv/static", "-type", "f", "-regex", r".*\.\(css\|js\|svg\|json\|txt\)"),
    *("-exec", "gzip", "--keep", "--force", "--no-name", "{}", "+"),
)
SOCKET = "/run/service/gunicorn.sock"


def files(topology: Topology, *, component: str, secrets: Secrets) -> dict[str, File]:
    """What the container reads below /run/upshift."""
    carried = {name: secrets.file(name) for name in SECRETS}
    if component == "service":
        carried["gunicorn.conf.py"] = File.plain(gunicorn_conf(topology))
    return carried


def _program(
    topology: Topology,
    *,
    image: pulumi.Input[str],
    limits: Limits,
    command: Sequence[str],
    health: Sequence[str] = (),
    stop_grace: int = Program.stop_grace,
) -> Program:
    return Program(
        image=image,
        uid=UIDS["app"],
        limits=limits,
        command=command,
        environment=service_environment(topology),
        health=health,
        stop_grace=stop_grace,
    )


def _place(topology: Topology, *, component: str, files: Files, extra: dict[str, str]) -> Place:
    return Place(
        networks=[f"{topology.prefix}-{name}" for name in ("back", *_way_out(component))],
        volumes={**extra, **files.mount(component)},
        read_only=frozenset(
            {"/run/upshift"} | ({"/srv/static"} if component != "release" else set())
        ),
        files=files.version(component),
    )


def _way_out(component: str) -> tuple[str, ...]:
    """The network to the world, for what sends mail and calls others; the data never has one."""
    return ("out",) if component in ("service", "worker") else ()


def _live(topology: Topology) -> list[str]:
    """Asks as the edge does: over the socket, by a name that the project answers to, over TLS."""
    host = f"Host: {in_url(topology.edge.server_names[0])}"
    command = ["curl", "-fsS", "-o", "/dev/null", "--unix-socket", SOCKET, "-H", host]
    return [*command, "-H", "X-Forwarded-Proto: https", f"http://localhost{topology.app.live_path}"]


class Release(pulumi.ComponentResource):
    """The project's own release commands, once for a release; their failure stops the `up`.

    They may write /srv/static: its texts are compressed afterwards.
    """

    def __init__(
        self,
        topology: Topology,
        *,
        image: pulumi.Input[str],
        files: Files,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("upshift:phase1:Release", "release", None, opts)
        commands = [*topology.app.release, COMPRESS]
        script = "set -e; " + "; ".join(shlex.join(command) for command in commands)
        program = _program(
            topology,
            image=image,
            limits=topology.service.limits,
            command=["sh", "-c", script],
        )
        place = _place(
            topology,
            component="release",
            files=files,
            extra={"/srv/static": f"{topology.prefix}-static"},
        )
        job = run_once(
            topology,
            "release",
            program=program,
            place=place,
            attempt=attempt_for(topology),
            opts=pulumi.ResourceOptions(parent=self),
        )
        # The image's id only when the job ended well: what needs the release takes it from here.
        self.image: pulumi.Output[str] = image_after(job, image=image, topology=topology)
        self.container = job
        self.register_outputs({})


class Processes(pulumi.ComponentResource):
    """Gunicorn, Celery's worker and Celery's clock."""

    def __init__(
        self,
        topology: Topology,
        *,
        image: pulumi.Input[str],
        files: Files,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("upshift:phase1:Processes", "processes", None, opts)
        self._topology = topology
        self._image = image
        self._files = files
        app, celery = topology.app, ["celery", "-A", topology.app.celery]
        number = str(topology.worker.concurrency)
        self.service = self._run(
            "service",
            limits=topology.service.limits,
            command=["gunicorn", "-c", "/run/upshift/gunicorn.conf.py", app.wsgi],
            health=_live(topology),
        )
        self.worker = self._run(
            "worker",
            limits=topology.worker.limits,
            command=[*celery, "worker", "--loglevel", "INFO", "--concurrency", number],
            health=app.worker_health,
        )
        self.beat = self._run(
            "beat",
            limits=topology.beat.limits,
            command=[*celery, "beat", "--loglevel", "INFO", "-s", "/tmp/celerybeat-schedule"],
            health=app.beat_health,
        )
        self.register_outputs({})

    def _run(
        self, component: str, *, limits: Limits, command: Sequence[str], health: Sequence[str]
    ) -> docker.Container:
        topology = self._topology
        # What a worker is in the middle of may last longer than a request or beat's look.
        grace = topology.worker.stop_grace if component == "worker" else Program.stop_grace
        extra: dict[str, str] = {}
        if component == "service":  # it reads the list of static files, which the edge serves
            extra = {"/run/service": f"{topology.prefix}-socket"}
            extra["/srv/static"] = f"{topology.prefix}-static"
        return run_on(
            topology,
            component,
            program=_program(
                topology,
                image=self._image,
                limits=limits,
                command=command,
                health=health,
                stop_grace=grace,
            ),
            place=_place(topology, component=component, files=self._files, extra=extra),
            opts=pulumi.ResourceOptions(parent=self),
        )
