"""`python -m tests.schema`: write what this release says of its API to app/schema/<version>.yaml.

Once for a release. From then on the service's tests compare each schema with the last one there.
"""

import subprocess
import sys

from ops import build
from stacks.loading import load_topology
from stacks.release import image_tags
from stacks.topology import PROJECT
from stacks.versions import TOOLKIT

# Nothing is asked of these: to write a schema takes no server.
PLACES = {
    "APP_ENV": "production",
    "APP_ALLOWED_HOSTS": "localhost",
    "APP_VERSION": TOOLKIT,
    "DATABASE_HOST": "nowhere",
    "DATABASE_NAME": "app",
    "DATABASE_USER": "app",
    "CACHE_HOST": "nowhere",
    "QUEUE_HOST": "nowhere",
    "JWT_KEYS": "j" * 43,
    "SECRET_KEY": "k" * 50,
    **{f"{part}_PASSWORD": "none" for part in ("DATABASE", "CACHE", "QUEUE")},
}


def main() -> int:
    """Build the release, ask it, and write the file; the exit code is the question's."""
    topology = load_topology("dev")
    build.release(topology, on_line=lambda line: None)
    given = [word for name, value in PLACES.items() for word in ("--env", f"{name}={value}")]
    command = ["python", "manage.py", "spectacular", "--validate", "--fail-on-warn"]
    done = subprocess.run(
        ["docker", "run", "--rm", "--network=none", *given, image_tags(topology)["app"], *command],
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode == 0:
        file = PROJECT / "app" / "schema" / f"{TOOLKIT}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(done.stdout)
        print(f"written: {file.relative_to(PROJECT)}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
