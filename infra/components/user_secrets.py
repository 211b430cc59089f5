"""The user's own secrets for the Django project's processes: one file each.

Each instance of a process has a volume of its own for its files, and a secret's version is part of
its name: a changed or removed secret means a new instance, and nothing stale stays.
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
    """The name under which the release job's files are carried: another one for other secrets.

    The job has no instances, and what was in its volume would stay there.
    """
    version = version_of(load_secrets(topology.stack))
    return f"release-{version}" if version else "release"
