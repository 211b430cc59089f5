"""A stack's persistent data: compare what Pulumi's state records with what exists.

Docker creates a missing volume, and PostgreSQL at its start a cluster and a database: an
environment whose data is missing, or has another name now, would come up empty and green. So both
are compared before anything is created. This module is pure: it is given what was found.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from stacks.data_commands import accept_command, rename_commands, restore_commands
from stacks.errors import PreflightError
from stacks.topology import Topology

POSTGRES_DATA, QUEUE_DATA = "postgres-data", "redis-queue-data"
PERSISTENT_VOLUMES = (POSTGRES_DATA, QUEUE_DATA)
RECORD = "data-record"  # the name of the resource of `infra.providers.data_record`
DATABASE_KEYS = ("postgres.database", "postgres.user")
ACCEPTABLE_LOSSES = (*PERSISTENT_VOLUMES, *DATABASE_KEYS)


@dataclass(frozen=True)
class Recorded:
    """What the state records: persistent volumes by component, and PostgreSQL's names.

    `cluster` is PostgreSQL's system identifier; a text is empty where the state has no record.
    `lost`: protected resources (secrets, the authority) that are no longer in the state.
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
    """What exists on the engine: volumes, and the cluster in PostgreSQL's, empty when it has none.

    None is unknown: `databases` and `roles` while PostgreSQL does not run.
    """

    volumes: Collection[str]
    cluster: str | None = None
    databases: Collection[str] | None = None
    roles: Collection[str] | None = None


def recorded(resources: Collection[Mapping[str, Any]]) -> Recorded:
    """The record of the stack's data in the resources of `pulumi stack export`."""
    by_name = {str(each.get("urn", "")).rpartition("::")[2]: each for each in resources}
    record = by_name.get(RECORD, {}).get("outputs", {})
    volumes = dict(record.get("volumes", {}))
    for component in PERSISTENT_VOLUMES:
        volume = by_name.get(f"volume-{component}", {})
        if name := volume.get("outputs", {}).get("name") or volume.get("id"):
            volumes[component] = str(name)
    # A stack of a version without a record: its container has the names.
    inputs = by_name.get("postgres", {}).get("inputs", {}).get("envs", [])
    variables = dict(str(each).partition("=")[::2] for each in inputs)
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
    """The result, in a line. Raises PreflightError where data is missing or has another name.

    `accepted`: what may be missing, by the names in ACCEPTABLE_LOSSES.
    """
    if not known.has_data:
        return "data: none yet"
    _require_prefix(topology, known=known)
    if known.lost:
        raise PreflightError(
            f"the state no longer has {', '.join(known.lost)}, which the data was created with;"
            " nothing was changed",
            where=f"the state of the stack '{topology.stack}'",
            hint="restore a state that has it: .pulumi/backups in the backend, or your copy",
        )
    for component, volume in known.volumes.items():
        if component not in accepted:
            _require_volume(topology, component=component, volume=volume, found=found)
    if POSTGRES_DATA not in accepted:
        _require_cluster(topology, known=known, found=found)
        for key in DATABASE_KEYS:
            if key not in accepted:
                _require_name(topology, key=key, known=known, found=found)
    return "data: present, as recorded in the state"


def _require_prefix(topology: Topology, *, known: Recorded) -> None:
    for component, volume in known.volumes.items():
        prefix = volume.removesuffix(f"-{component}")
        if prefix != topology.prefix:
            before = prefix.removesuffix(f"-{topology.stack}")
            raise PreflightError(
                f"topology.name is '{topology.name}', and this stack's data is in the volume"
                f" {volume} of '{before}'; nothing was changed",
                where="topology.name",
                hint=f"set name: {before} again. Docker cannot rename a volume: for another name"
                " create another stack, and copy the data with pg_dump",
            )


def _require_volume(topology: Topology, *, component: str, volume: str, found: Found) -> None:
    if volume in found.volumes:
        return
    restore = restore_commands(topology, component=component)
    raise PreflightError(
        f"data is missing: the volume {volume} does not exist any more; nothing was changed",
        where=f"the state of the stack '{topology.stack}' records it",
        hint=f"{restore}\n{accept_command(topology, component)}",
    )


def _require_cluster(topology: Topology, *, known: Recorded, found: Found) -> None:
    volume = known.volumes.get(POSTGRES_DATA, "")
    if not known.cluster or found.cluster in (None, known.cluster):
        return
    forget = ""
    what = f"holds another database cluster ({found.cluster}) than this stack's"
    if not found.cluster:
        what = "no longer holds this stack's database cluster"
        forget = f"\n  docker rm -f {topology.container('postgres')}; docker volume rm {volume}"
    raise PreflightError(
        f"data is missing: the volume {volume} {what} ({known.cluster}); nothing was changed",
        where=volume,
        hint=f"{restore_commands(topology, component=POSTGRES_DATA)}"
        f"\n{accept_command(topology, POSTGRES_DATA)}{forget and f', after:{forget}'}",
    )


def _require_name(topology: Topology, *, key: str, known: Recorded, found: Found) -> None:
    """Compare a database or role with the name in the state."""
    is_database = key == "postgres.database"
    wanted = topology.postgres.database if is_database else topology.postgres.user
    before = known.database if is_database else known.user
    existing = found.databases if is_database else found.roles
    if not before or wanted == before:
        return
    if existing is not None and wanted in existing and before not in existing:
        return  # it was renamed in place
    renamed = rename_commands(topology, kind="DATABASE" if is_database else "ROLE", before=before)
    where = "" if existing is None else f" (PostgreSQL has: {', '.join(sorted(existing))})"
    raise PreflightError(
        f"topology.{key} is '{wanted}', and this stack's data is in '{before}'{where};"
        " nothing was changed",
        where=f"topology.{key}",
        hint=f"set {key}: {before} again, or rename it in place, then ops up again:\n{renamed}\n"
        f"{accept_command(topology, key)}",
    )
