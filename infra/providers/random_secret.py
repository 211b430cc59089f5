"""Secrets: made once, kept encrypted in the stack's state, and not lost by `destroy`.

A provider of ours in Python, because the vendor's plugin for random values is on no registry.
"""

import secrets
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider

from infra.docker.files import File


class _Provider(ResourceProvider):
    """Makes a value at create; nothing but its length can change it."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        value = secrets.token_urlsafe(int(props["bytes"]))
        return CreateResult(id_=secrets.token_hex(8), outs={**props, "value": value})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=_olds.get("bytes") != _news.get("bytes"), replaces=["bytes"])


class RandomSecret(Resource):
    """A random text of `bytes` bytes of entropy, URL-safe. `value` is secret; `id` is not."""

    value: pulumi.Output[str]

    def __init__(self, name: str, *, size: int = 32, opts: pulumi.ResourceOptions) -> None:
        kept = pulumi.ResourceOptions(protect=True, additional_secret_outputs=["value"])
        super().__init__(
            _Provider(),
            name,
            {"bytes": size, "value": None},
            pulumi.ResourceOptions.merge(opts, kept),
        )


class Secrets(pulumi.ComponentResource):
    """Every secret of the environment, by the name of the file that carries it."""

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
