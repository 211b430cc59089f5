"""`ops build STACK --compose`: the files that docker/compose.yaml needs, below `.upshift`."""

import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path

from ops.build import images, wheels
from ops.run import run
from ops.setup import cache
from stacks.errors import BuildError, CommandError
from stacks.files.postgres import pg_hba_conf, postgresql_conf
from stacks.files.redis import redis_conf
from stacks.release import COMMON, app_path
from stacks.topology import PROJECT, Topology
from stacks.topology.limits import Limits
from stacks.versions import BASE_IMAGE

HOME = PROJECT / ".upshift"
SECRETS = (
    *("SECRET_KEY", "JWT_KEYS", "DATABASE_PASSWORD", "CACHE_PASSWORD", "QUEUE_PASSWORD"),
    *("METRICS_TOKEN", "SMOKE_TOKEN"),
)
OWNERS = {"postgres": 10003, "redis-cache": 10004, "redis-queue": 10004}
CONFIG, SECRET = 0o444, 0o400

# Each container's files: {component: {name: (mode, text)}}.
Files = Mapping[str, Mapping[str, tuple[int, str]]]


def stage_compose(topology: Topology) -> Path:
    """Stage the build contexts and the servers' files; returns the file of the secrets.

    The secrets are made once for this checkout; all else is written afresh at each call.
    """
    with cache.lock("build"):
        _stage_contexts(topology)
        target = HOME / "compose.env"
        _write(_files(topology, known=_secrets(target)))
    return target


def _stage_contexts(topology: Topology) -> None:
    source = app_path(topology)
    lock = source / "requirements-test.lock"
    recipe = PROJECT / "docker" / "app"
    app = {name: recipe / name for name in ("Dockerfile", "upshift_runtime")}
    app |= {"src": source, "wheels": wheels.collect(lock), lock.name: lock}
    app["apt-install"] = PROJECT / "docker" / COMMON / "apt-install"
    # No stack uses this folder: theirs are app-<stack>.
    images.stage("compose-app", parts=app, allowed=topology.app.allow_files)
    for name in ("postgres", "redis"):
        images.stage_recipe(name)


def _secrets(target: Path) -> dict[str, str]:
    """The file's variables, with new values for those that it lacks."""
    lines = target.read_text().splitlines() if target.exists() else []
    known = dict(line.split("=", 1) for line in lines if "=" in line)
    if not set(SECRETS) <= known.keys():
        known = {name: secrets.token_urlsafe(48) for name in SECRETS} | known
        target.parent.mkdir(exist_ok=True)
        # Private before anything is in it, and moved into place complete.
        fresh = target.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text("".join(f"{name}={value}\n" for name, value in known.items()))
        fresh.replace(target)
    return known


def _files(topology: Topology, *, known: Mapping[str, str]) -> Files:
    # The service's tests create a database of their own, so its role may use all databases here.
    anywhere = topology.postgres.model_copy(update={"database": "all"})
    hba = pg_hba_conf(topology.model_copy(update={"postgres": anywhere}))
    password = known["DATABASE_PASSWORD"]
    # Nothing replicates here, but the server requires a replication password.
    replication = hashlib.sha256(f"replication:{password}".encode()).hexdigest()
    return {
        "postgres": {
            "postgresql.conf": (CONFIG, postgresql_conf(enlarged(topology))),
            "pg_hba.conf": (CONFIG, hba),
            "database-password": (SECRET, password),
            "replication-password": (SECRET, replication),
        },
        "redis-cache": {
            "redis.conf": (CONFIG, redis_conf(topology, use="cache")),
            "auth.conf": (SECRET, f"requirepass {known['CACHE_PASSWORD']}\n"),
        },
        "redis-queue": {
            "redis.conf": (CONFIG, redis_conf(topology, use="queue")),
            "auth.conf": (SECRET, f"requirepass {known['QUEUE_PASSWORD']}\n"),
        },
    }


def enlarged(topology: Topology) -> Topology:
    """The same with a database for the service's tests, which open many connections at once.

    No limit of memory holds there.
    """
    size = {"max_connections": 100, "limits": Limits(memory=1024, cpus=2.0)}
    return topology.model_copy(update={"postgres": topology.postgres.model_copy(update=size)})


def _write(files: Files) -> None:
    root = HOME / "compose"
    for folder in (root, *(root / component for component in files)):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
    for component, named in files.items():
        for name, (mode, text) in named.items():
            # The old one may belong to the server's user; the folder's owner may remove it.
            path = root / component / name
            path.unlink(missing_ok=True)
            path.touch(mode=0o600)
            path.write_text(text)
            path.chmod(mode)
    _hand_over(root)


def _hand_over(root: Path) -> None:
    """Make the servers' users own the files, from inside a container.

    There it needs no root on this machine, and the users are those that the containers see.
    """
    steps = [f"chown {uid}:{uid} /files/{name}/*" for name, uid in OWNERS.items()]
    command = ["docker", "run", "--rm", "--network", "none", "--user", "0:0"]
    command += ["--cap-drop", "ALL", "--cap-add", "CHOWN", "--volume", f"{root}:/files"]
    try:
        run([*command, BASE_IMAGE, "sh", "-euc", "\n".join(steps)], timeout=600)
    except CommandError as error:
        raise BuildError(
            f"cannot set the owner of the servers' files\n{error.message}",
            where=str(root),
            hint="check that the Docker engine is on this machine and usable: ops doctor",
        ) from error
