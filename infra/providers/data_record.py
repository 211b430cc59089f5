"""The record of the stack's data in the state: names of volumes, database, role and cluster.

A refresh removes a missing volume from the state, and with it the knowledge that it existed. This
resource is kept, by `destroy` too, so that the next `up` knows what data to expect.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from infra.docker.persistent_data import running_cluster
from stacks.persistent_data import PERSISTENT_VOLUMES, RECORD
from stacks.topology import Topology

COMPARED = ("volumes", "database", "user", "protected")


def _with_cluster(props: Mapping[str, Any]) -> dict[str, Any]:
    return {**props, "cluster": running_cluster(str(props["container"])) or ""}


class _Provider(ResourceProvider):
    """Reads the cluster's identifier from PostgreSQL, which is ready by then."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(id_=RECORD, outs=_with_cluster(props))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        changed = any(_olds.get(key) != _news.get(key) for key in COMPARED)
        # Another cluster gets this far only if the loss was accepted by name.
        now = running_cluster(str(_news.get("container", "")))
        return DiffResult(changes=changed or (bool(now) and now != _olds.get("cluster")))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(outs=_with_cluster(_news))


class DataRecord(Resource):
    """The record. `ready` is PostgreSQL's container name, known once it is ready."""

    def __init__(
        self,
        topology: Topology,
        *,
        ready: pulumi.Input[str],
        protected: Sequence[str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        props = {
            "volumes": {name: f"{topology.prefix}-{name}" for name in PERSISTENT_VOLUMES},
            "database": topology.postgres.database,
            "user": topology.postgres.user,
            "protected": sorted(protected),
            "container": ready,
            "cluster": None,
        }
        own = pulumi.ResourceOptions(protect=True)
        super().__init__(_Provider(), RECORD, props, pulumi.ResourceOptions.merge(opts, own))
