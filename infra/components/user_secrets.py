"""The user's own secrets for the Django project's processes: one file each.

Each instance has its own volume for its files, and the secrets' versions are part of its name: a
changed or removed secret leads to a new instance, and no stale file remains.
"""

import pulumi

from infra.docker.files import File
from stacks.loading import load_secrets
from stacks.topology import Topology
from stacks.user_secrets import FOLDER, VALUES, version_of

SUBFOLDER = FOLDER.rpartition("/")[2]


def files(topology: Topology) -> dict[str, File]:
    """Each secret's file, by its name below /run/upshift. The values are decrypted by Pulumi."""
    config = pulumi.Config(VALUES)
    return {
        f"{SUBFOLDER}/{secret.name}": File(
            content=config.require_secret(secret.name), version=secret.version, secret="yes"
        )
        for secret in load_secrets(topology.stack)
    }


def release_volume(topology: Topology) -> str:
    """The name of the volume for the release job's files: another one for other secrets.

    The job has no instances, and a removed secret would remain in its volume.
    """
    version = version_of(load_secrets(topology.stack))
    return f"release-{version}" if version else "release"
