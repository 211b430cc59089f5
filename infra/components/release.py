"""The release job: the project's release commands, once for each release, before it starts."""

import shlex

import pulumi

from infra.components import project, user_secrets
from infra.docker.container import run_once
from infra.docker.files import Files
from infra.docker.release_attempt import attempt_for, image_after
from stacks.topology import Topology

# Once for each release instead of each request: the edge serves the .gz files.
COMPRESS = (
    *("find", "/srv/static", "-type", "f", "-regex", r".*\.\(css\|js\|svg\|json\|txt\)"),
    *("-exec", "gzip", "--keep", "--force", "--no-name", "{}", "+"),
)


class Release(pulumi.ComponentResource):
    """The project's release commands, once for each release; their failure stops the `up`.

    They may write /srv/static, whose text files are then compressed. Files of the previous release
    are kept there: pages that it sent link to them.
    """

    def __init__(
        self,
        topology: Topology,
        *,
        image: pulumi.Input[str],
        files: Files,
        database: pulumi.Output[str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("upshift:phase1:Release", "release", None, opts)
        commands = [*topology.app.release, COMPRESS]
        script = "set -e; " + "; ".join(shlex.join(command) for command in commands)
        volume = user_secrets.release_volume(topology)
        job = run_once(
            topology,
            "release",
            program=project.program(
                topology,
                image=image,
                limits=topology.service.limits,
                command=["sh", "-c", script],
            ),
            place=project.place(
                topology,
                component="release",
                volumes={project.STATIC: f"{topology.prefix}-static", **files.mount(volume)},
                version=files.version(volume),
            ),
            attempt=attempt_for(topology, database=database),
            opts=pulumi.ResourceOptions(parent=self),
        )
        # The image's id, once the job has succeeded: what needs the release takes it from here.
        self.image: pulumi.Output[str] = image_after(job, image=image, topology=topology)
        self.container = job
        self.register_outputs({})
