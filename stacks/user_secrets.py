"""The user's own secrets of a stack: names and versions, as the stack's file holds them.

Pulumi keeps each value encrypted in that file (`ops secret set`). A version is a digest of the
ciphertext: it changes with each `set`, and says nothing about the value.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stacks.errors import TopologyError

# Pulumi's configuration namespaces: the values (encrypted), and when each was set (plain).
VALUES = "upshift-secret"
TIMES = "upshift-secret-set"
FOLDER = "/run/upshift/secrets"

MAX_BYTES = 16 * 1024
# Pulumi passes the whole configuration to its program in one variable; Linux allows 128 KiB.
MAX_COUNT = 64
MAX_TOTAL_BYTES = 64 * 1024

_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,62}")
# `<NAME>_FILE` is set for these by Upshift itself, or has a meaning for OpenSSL.
RESERVED = frozenset(
    {"SECRET_KEY", "JWT_KEYS", "DATABASE_PASSWORD", "CACHE_PASSWORD", "QUEUE_PASSWORD", "SSL_CERT"}
) | {"METRICS_TOKEN", "SMOKE_TOKEN"}


@dataclass(frozen=True)
class StoredSecret:
    """One secret: its name, its version (no part of the value), and when it was set (UTC)."""

    name: str
    version: str
    set_at: str
    size: int = 0  # bytes, about: of the ciphertext

    @property
    def variable(self) -> str:
        """The variable that names the secret's file in the containers."""
        return f"{self.name}_FILE"

    @property
    def path(self) -> str:
        """The secret's file in the containers."""
        return f"{FOLDER}/{self.name}"


def secrets_in(document: Any, *, where: str) -> tuple[StoredSecret, ...]:
    """The secrets of a stack file. Raises TopologyError when a value is not encrypted."""
    config = document.get("config") if isinstance(document, dict) else None
    found = config if isinstance(config, dict) else {}
    return tuple(
        _stored(key.partition(":")[2], value=value, times=found, where=where)
        for key, value in sorted(found.items())
        if str(key).startswith(f"{VALUES}:")
    )


def _stored(name: str, *, value: Any, times: Mapping[str, Any], where: str) -> StoredSecret:
    refuse_name(name, where=f"{where}: {VALUES}:{name}")
    encrypted = value.get("secure") if isinstance(value, dict) else None
    if not isinstance(encrypted, str):
        raise TopologyError(
            f"the secret {name} is not encrypted in the file",
            where=f"{where}: {VALUES}:{name}",
            hint="remove the line, replace the secret at its source, then: ops secret set",
        )
    version = hashlib.sha256(f"{name}\0{encrypted}".encode()).hexdigest()[:16]
    size = len(encrypted) * 3 // 4
    return StoredSecret(name, version, str(times.get(f"{TIMES}:{name}", "")), size)


def refuse_name(name: str, *, where: str) -> None:
    """Raise TopologyError when a secret cannot have this name."""
    if not _NAME.fullmatch(name) or name.endswith("_FILE"):
        raise TopologyError(
            f"{name!r} is not a valid name for a secret",
            where=where,
            hint="use capital letters, digits and _, as in MAIL_PASSWORD; `_FILE` is added to it",
        )
    if name in RESERVED:
        raise TopologyError(
            f"the name {name} is reserved for Upshift or OpenSSL",
            where=where,
            hint="choose another name",
        )


def refuse_clash(secrets: Iterable[StoredSecret], *, variables: Mapping[str, str]) -> None:
    """Raise TopologyError when `app.environment` also sets a secret, or names its file."""
    for secret in secrets:
        for name in (secret.name, secret.variable):
            if name in variables:
                raise TopologyError(
                    f"{name} is set twice: by `ops secret set`, and in app.environment",
                    where=f"topology.app.environment.{name}",
                    hint="remove it from app.environment",
                )


def version_of(secrets: Iterable[StoredSecret]) -> str:
    """One version for all of them: changes when one is set or removed; empty when there is none."""
    text = "\n".join(f"{secret.name}={secret.version}" for secret in secrets)
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""
