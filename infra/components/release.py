"""The release job: the project's own commands, once for a release, before anything new starts."""

import shlex

import pulumi

from infra.components import project, user_secrets
from infra.docker.container import run_once
from infra.docker.files import Files
from infra.docker.release_attempt import attempt_for, image_after
from stacks.topology import Topology

# Once for a release, and not at each request: the edge sends what ends in .gz as it is.
COMPRESS = (
    *("find", "/srv/static", "-type", "f", "-regex", r".*\.\(css\|js\|svg\|json\|txt\)"),
    *("-exec", "gzip", "--keep", "--force", "--no-name", "{}", "+"),
)


class Release(pulumi.ComponentResource):
    """The project's own release commands, once for a release; their failure stops the `up`.

    They may write /srv/static: its texts are compressed afterwards. What the release before it
    collected stays there: pages that it sent name those files.
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
        carried = user_secrets.release_volume(topology)
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
                volumes={project.STATIC: f"{topology.prefix}-static", **files.mount(carried)},
                version=files.version(carried),
            ),
            attempt=attempt_for(topology, database=database),
            opts=pulumi.ResourceOptions(parent=self),
        )
        # The image's id only when the job ended well: what needs the release takes it from here.
        self.image: pulumi.Output[str] = image_after(job, image=image, topology=topology)
        self.container = job
        self.register_outputs({})
