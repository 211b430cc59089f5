"""The service's own tests, in its own image, beside a real PostgreSQL and two real Redis."""

import io
import os
import secrets
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Mapping, Sequence

from ops import build
from stacks.errors import UpshiftError
from ops.build.compose import enlarged
from stacks.files.postgres import pg_hba_conf, postgresql_conf
from stacks.files.redis import redis_conf
from stacks.loading import load_topology
from stacks.topology import PROJECT, Topology

NAME = f"service-{secrets.token_hex(4)}"
LABEL = f"upshift.test={NAME}"
NETWORK = f"{NAME}-back"
UIDS = {"postgres": 10003, "redis-cache": 10004, "redis-queue": 10004}
PASSWORDS = {
    name: secrets.token_urlsafe(48)
    for name in ("SECRET_KEY", "JWT_KEYS", "DATABASE_PASSWORD", "CACHE_PASSWORD", "QUEUE_PASSWORD")
}
GUARDED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp")
START = 60.0  # seconds that PostgreSQL and Redis may take


def docker(*words: str, given: bytes = b"") -> str:
    """Run docker to its end and return what it wrote. Raises UpshiftError when it fails."""
    done = subprocess.run(["docker", *words], input=given, capture_output=True)
    if done.returncode != 0:
        raise UpshiftError(f"docker {words[0]} failed: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode(errors="replace").strip()


def files(topology: Topology) -> dict[str, dict[str, str]]:
    """What each part reads below /run/upshift."""
    # The tests make a database of their own beside the service's.
    test_database = f"host all {topology.postgres.user} all scram-sha-256\n"
    return {
        "postgres": {
            "postgresql.conf": postgresql_conf(topology),
            "pg_hba.conf": test_database + pg_hba_conf(topology),
            "database-password": PASSWORDS["DATABASE_PASSWORD"],
            "replication-password": secrets.token_urlsafe(48),
        },
        "redis-cache": {
            "redis.conf": redis_conf(topology, use="cache"),
            "auth.conf": f"requirepass {PASSWORDS['CACHE_PASSWORD']}\n",
        },
        "redis-queue": {
            "redis.conf": redis_conf(topology, use="queue"),
            "auth.conf": f"requirepass {PASSWORDS['QUEUE_PASSWORD']}\n",
        },
    }


def archive(contents: Mapping[str, str], *, uid: int) -> bytes:
    """The files as a tar, readable by their owner alone."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, text in contents.items():
            data = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.uid, entry.gid = len(data), 0o400, uid, uid
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def put_files(topology: Topology, *, image: str) -> None:
    """Fill a volume for each part, through a container that is never started."""
    wanted = files(topology)
    mounts: list[str] = []
    for part in wanted:
        docker("volume", "create", "--label", LABEL, f"{NAME}-files-{part}")
        mounts += ["--volume", f"{NAME}-files-{part}:/files/{part}"]
    carrier = docker("create", "--label", LABEL, "--name", f"{NAME}-files", *mounts, image)
    for part, contents in wanted.items():
        given = archive(contents, uid=UIDS[part])
        docker("cp", "-", f"{carrier}:/files/{part}", given=given)


def start(part: str, *, image: str, options: Sequence[str] = ()) -> None:
    """Start one part as the product does: read-only, its files mounted, its name on the network."""
    mounts = ["--volume", f"{NAME}-files-{part}:/run/upshift:ro"]
    place = ["--network", NETWORK, "--network-alias", part, "--name", f"{NAME}-{part}"]
    docker("run", "--detach", "--label", LABEL, *GUARDED, *place, *mounts, *options, image)


def start_parts(topology: Topology, *, images: Mapping[str, str], data: str = "rw") -> None:
    """PostgreSQL, whose data stays in memory, and the two Redis. `data`: that tmpfs's options."""
    wanted = topology.postgres
    docker("network", "create", "--internal", "--label", LABEL, NETWORK)
    put_files(topology, image=images["redis"])
    postgres = [
        "--tmpfs=/run/postgresql:rw,nosuid,size=1m,uid=10003,gid=10003,mode=0755",
        f"--tmpfs=/var/lib/postgresql/data:{data},uid=10003,gid=10003,mode=0700",
        f"--env=POSTGRES_DB={wanted.database}",
        f"--env=POSTGRES_USER={wanted.user}",
    ]
    start("postgres", image=images["postgres"], options=postgres)
    for part in ("redis-cache", "redis-queue"):
        start(part, image=images["redis"], options=["--tmpfs=/data:rw,uid=10004,gid=10004"])
    # By TCP: while it sets itself up, PostgreSQL answers on its socket only.
    wait_for("postgres", "pg_isready", "-q", "-h", "127.0.0.1")
    grant = f'ALTER ROLE "{wanted.user}" CREATEDB'
    psql = ["psql", "-X", "-q", "-h", "/run/postgresql", "-U", "postgres", "-c", grant]
    docker("exec", f"{NAME}-postgres", *psql)
    for part in ("redis-cache", "redis-queue"):
        ping = 'REDISCLI_AUTH="$(cut -d" " -f2 /run/upshift/auth.conf)" redis-cli ping | grep PONG'
        wait_for(part, "sh", "-c", ping)


def wait_for(part: str, *check: str) -> None:
    """Ask until the part answers. Raises UpshiftError with its last words when it does not."""
    deadline = time.monotonic() + START
    while True:
        try:
            docker("exec", f"{NAME}-{part}", *check)
            return
        except UpshiftError:
            if time.monotonic() > deadline:
                said = docker("logs", "--tail", "20", f"{NAME}-{part}")
                raise UpshiftError(f"{part} does not answer after {START:g} s\n{said}") from None
            time.sleep(0.3)


def environment_of(topology: Topology) -> dict[str, str]:
    """What the service and its tests are told; the passwords are among it."""
    plain = {
        "APP_ENV": "production",
        "APP_ALLOWED_HOSTS": "localhost",
        "DATABASE_HOST": "postgres",
        "DATABASE_NAME": topology.postgres.database,
        "DATABASE_USER": topology.postgres.user,
        "CACHE_HOST": "redis-cache",
        "QUEUE_HOST": "redis-queue",
        "COLUMNS": "100",
    }
    return {**plain, **PASSWORDS}


def run_tests(topology: Topology, *, image: str, arguments: Sequence[str]) -> int:
    """Run pytest in the service's image on this terminal; its exit code (coverage counts)."""
    values = environment_of(topology)
    # Names only: docker takes the values from its own environment; no list of processes shows any.
    names = [word for name in values for word in ("--env", name)]
    place = ["--network", NETWORK, "--name", f"{NAME}-tests", "--init"]
    mount = ["--volume", f"{PROJECT / 'tests' / 'app'}:/srv/tests:ro"]
    command = ["pytest", "--rootdir=/srv/tests", "--config-file=/srv/tests/pytest.ini"]
    docker_run = ["docker", "run", "--label", LABEL, *GUARDED, *place, *mount, *names, image]
    done = subprocess.run(
        [*docker_run, *command, "/srv/tests", *arguments], env={**os.environ, **values}
    )
    return done.returncode


def remove_all() -> None:
    """Remove what this run made, and nothing else."""
    kinds = {"container": ["-f", "-v"], "network": [], "volume": ["-f"]}
    for kind, options in kinds.items():
        all_of = ["--all"] if kind == "container" else []
        found = docker(kind, "ls", "--quiet", *all_of, "--filter", f"label={LABEL}").split()
        if found:
            docker(kind, "rm", *options, *found)


def main(arguments: Sequence[str]) -> int:
    """Build, start, test, remove; the exit code is pytest's. Arguments go to pytest."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    topology = enlarged(load_topology("dev"))
    try:
        images = build.release(topology, on_line=lambda line: None).images
        tests = build.build_test_image(topology, on_line=lambda line: None)
        start_parts(topology, images=images)
        return run_tests(topology, image=tests, arguments=arguments)
    except UpshiftError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        for interrupt in (signal.SIGINT, signal.SIGTERM):
            signal.signal(interrupt, signal.SIG_IGN)
        remove_all()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
