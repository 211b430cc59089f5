"""Secrets: generated once, stored encrypted in the stack's state, and kept by `destroy`.

A dynamic provider in Python, since the vendor's plugin for random values is on no package registry.
"""

import secrets
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider

from infra.docker.files import File


class _Provider(ResourceProvider):
    """Generates a value at create; only another length replaces it."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        value = secrets.token_urlsafe(int(props["bytes"]))
        return CreateResult(id_=secrets.token_hex(8), outs={**props, "value": value})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=_olds.get("bytes") != _news.get("bytes"), replaces=["bytes"])


class RandomSecret(Resource):
    """A random URL-safe text with `size` bytes of entropy. `value` is secret; `id` is not."""

    value: pulumi.Output[str]

    def __init__(self, name: str, *, size: int = 32, opts: pulumi.ResourceOptions) -> None:
        own = pulumi.ResourceOptions(protect=True, additional_secret_outputs=["value"])
        super().__init__(
            _Provider(),
            name,
            {"bytes": size, "value": None},
            pulumi.ResourceOptions.merge(opts, own),
        )


class Secrets(pulumi.ComponentResource):
    """Every generated secret of the environment, by the name of its file."""

    NAMES = (
        "secret-key",
        "jwt-keys",
        "database-password",
        "replication-password",
        "cache-password",
        "queue-password",
        "metrics-token",
        "smoke-token",
    )

    def __init__(self, *, opts: pulumi.ResourceOptions) -> None:
        super().__init__("upshift:phase1:Secrets", "secrets", None, opts)
        own = pulumi.ResourceOptions(parent=self)
        self.by_name: Mapping[str, RandomSecret] = {
            name: RandomSecret(f"secret-{name}", size=48, opts=own) for name in self.NAMES
        }
        self.register_outputs({})

    def file(self, name: str) -> File:
        """The secret as a file."""
        made = self.by_name[name]
        return File(content=made.value, version=made.id, secret="yes")
