"""A stack's data: what Pulumi's state has written down of it, compared with what is there.

Docker makes a volume that is missing, and PostgreSQL's start a cluster and a database: an
environment whose data is gone, or is named otherwise now, would come up empty and green. So
both are compared before anything is made. This file is pure: what was found is given to it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from stacks.errors import PreflightError
from stacks.topology import Topology
from stacks.versions import BASE_IMAGE

POSTGRES_DATA, QUEUE_DATA = "postgres-data", "redis-queue-data"
PERSISTENT_VOLUMES = (POSTGRES_DATA, QUEUE_DATA)
RECORD = (
    "data-record"  # the name of the resource that `infra.providers.data_record` keeps in the state
)
ACCEPTED_VARIABLE = "UPSHIFT_ACCEPT_DATA_LOSS"  # names of what may be missing, a comma between two
DATABASE_KEYS = ("postgres.database", "postgres.user")
ACCEPTABLE_LOSSES = (*PERSISTENT_VOLUMES, *DATABASE_KEYS)


@dataclass(frozen=True)
class Recorded:
    """What the state knows: kept volumes by component, and PostgreSQL's names.

    `cluster` is PostgreSQL's system identifier; a text is empty where the state does not know.
    `lost`: protected resources (secrets, the authority) that it once had and has no longer.
    """

    volumes: Mapping[str, str] = field(default_factory=dict)
    database: str = ""
    user: str = ""
    cluster: str = ""
    lost: tuple[str, ...] = ()

    @property
    def has_data(self) -> bool:
        """Whether there is data to lose."""
        return bool(self.volumes)


@dataclass(frozen=True)
class Found:
    """What the engine has: names of volumes; the cluster in PostgreSQL's, empty when it has none.

    None is what could not be asked: `databases` and `roles` while PostgreSQL does not run.
    """

    volumes: Collection[str]
    cluster: str | None = None
    databases: Collection[str] | None = None
    roles: Collection[str] | None = None


def recorded(resources: Collection[Mapping[str, Any]]) -> Recorded:
    """What the resources of `pulumi stack export` say of the stack's data."""
    by_name = {str(each.get("urn", "")).rpartition("::")[2]: each for each in resources}
    record = by_name.get(RECORD, {}).get("outputs", {})
    volumes = dict(record.get("volumes", {}))
    for component in PERSISTENT_VOLUMES:
        made = by_name.get(f"volume-{component}", {})
        if name := made.get("outputs", {}).get("name") or made.get("id"):
            volumes[component] = str(name)
    # A stack that was made before there was a record: its container knows the names.
    given = by_name.get("postgres", {}).get("inputs", {}).get("envs", [])
    variables = dict(str(each).partition("=")[::2] for each in given)
    return Recorded(
        volumes=volumes,
        database=str(record.get("database") or variables.get("POSTGRES_DB", "")),
        user=str(record.get("user") or variables.get("POSTGRES_USER", "")),
        cluster=str(record.get("cluster") or ""),
        lost=tuple(sorted(set(record.get("protected", [])) - set(by_name))),
    )


def check(
    topology: Topology, *, known: Recorded, found: Found, accepted: Collection[str] = ()
) -> str:
    """What was found, in a line. Raises PreflightError where data is gone or named otherwise.

    `accepted`: what may be missing, by the names in ACCEPTABLE_LOSSES.
    """
    if not known.has_data:
        return "data: none yet"
    _same_prefix(topology, known=known)
    if known.lost:
        raise PreflightError(
            f"the state has lost {', '.join(known.lost)}, and the data was made with it;"
            " nothing was changed",
            where=f"the state of the stack '{topology.stack}'",
            hint="bring back a state that has it: .pulumi/backups in the backend, or your copy",
        )
    for component, volume in known.volumes.items():
        if component not in accepted:
            _volume_there(topology, component=component, volume=volume, found=found)
    if POSTGRES_DATA not in accepted:
        _same_cluster(topology, known=known, found=found)
        for key in DATABASE_KEYS:
            if key not in accepted:
                _same_name(topology, key=key, known=known, found=found)
    return "data: there, and as the state knows it"


def _same_prefix(topology: Topology, *, known: Recorded) -> None:
    for component, volume in known.volumes.items():
        prefix = volume.removesuffix(f"-{component}")
        if prefix != topology.prefix:
            before = prefix.removesuffix(f"-{topology.stack}")
            raise PreflightError(
                f"topology.name is '{topology.name}', and this stack's data is in the volume"
                f" {volume} of '{before}'; nothing was changed",
                where="topology.name",
                hint=f"set name: {before} again. Docker cannot rename a volume: for another name"
                " make another stack, and bring the data by pg_dump",
            )


def _volume_there(topology: Topology, *, component: str, volume: str, found: Found) -> None:
    if volume in found.volumes:
        return
    raise PreflightError(
        f"the data is gone: the volume {volume} does not exist any more; nothing was changed",
        where=f"the state of the stack '{topology.stack}' knows it, and Docker does not",
        hint=f"{restore_commands(topology, component=component)}\n{go_on(topology, component)}",
    )


def restore_commands(topology: Topology, *, component: str) -> str:
    """The commands that put a volume back from a copy of it (a tar archive)."""
    volume = f"{topology.prefix}-{component}"
    labels = " ".join(f"--label {key}={value}" for key, value in topology.labels(component).items())
    return (
        "put it back from a copy (a tar archive of the volume), then ops up again:\n"
        f"  docker volume create {labels} {volume}\n"
        f"  docker run --rm -i -v {volume}:/data {BASE_IMAGE} tar -xpf - -C /data < COPY.tar"
    )


def go_on(topology: Topology, what: str) -> str:
    """How to go on without what is missing, by its name."""
    return (
        f"or go on without it: ops up {topology.stack} --accept-data-loss {what}"
        f" ({ACCEPTED_VARIABLE}={what} pulumi up --refresh)"
    )


def _same_cluster(topology: Topology, *, known: Recorded, found: Found) -> None:
    volume = known.volumes.get(POSTGRES_DATA, "")
    if not known.cluster or found.cluster in (None, known.cluster):
        return
    forget = ""
    what = f"holds another database cluster ({found.cluster}) than this stack's"
    if not found.cluster:
        what = "holds no database cluster any more, and this stack's was"
        forget = f"\n  docker rm -f {topology.container('postgres')}; docker volume rm {volume}"
    raise PreflightError(
        f"the data is gone: the volume {volume} {what} ({known.cluster}); nothing was changed",
        where=volume,
        hint=f"{restore_commands(topology, component=POSTGRES_DATA)}"
        f"\n{go_on(topology, POSTGRES_DATA)}{forget and f', after:{forget}'}",
    )


def _same_name(topology: Topology, *, key: str, known: Recorded, found: Found) -> None:
    """A database or a role is found in the data; the state tells what it was called."""
    is_database = key == "postgres.database"
    wanted = topology.postgres.database if is_database else topology.postgres.user
    before = known.database if is_database else known.user
    there = found.databases if is_database else found.roles
    if not before or wanted == before:
        return
    if there is not None and wanted in there and before not in there:
        return  # it was renamed in place
    renamed = rename_commands(topology, kind="DATABASE" if is_database else "ROLE", before=before)
    where = "" if there is None else f" (PostgreSQL has: {', '.join(sorted(there))})"
    raise PreflightError(
        f"topology.{key} is '{wanted}', and this stack's data is in '{before}'{where};"
        " nothing was changed",
        where=f"topology.{key}",
        hint=f"set {key}: {before} again, or rename it in place, then ops up again:\n{renamed}\n"
        f"{go_on(topology, key)}",
    )


def rename_commands(topology: Topology, *, kind: str, before: str) -> str:
    """The commands that rename a database or a role in place, with nothing connected to it."""
    stack, postgres = topology.stack, topology.container("postgres")
    wanted = topology.postgres.database if kind == "DATABASE" else topology.postgres.user
    mine = f"--filter label=upshift.name={topology.name} --filter label=upshift.stack={stack}"
    stops = "".join(
        f"  docker ps -q {mine} --filter label=upshift.component={component}"
        " | xargs -r docker stop\n"
        for component in ("beat", "worker", "service")
    )
    sql = f'ALTER {kind} "{before}" RENAME TO "{wanted}"'
    return f"{stops}  docker exec {postgres} psql -h /run/postgresql -U postgres -c '{sql}'"
