"""The name of an instance: a short hash of everything that would require another container.

A component that must stay available is not replaced in place: a changed one gets another name, so
that Pulumi creates it beside the old one, and removes the old one at the end of a successful `up`.
The name is computed from the container's arguments, before anything is created; values that are
known only later (ids of other resources) cannot be part of it.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pulumi

from infra.docker.files import File
from infra.process import output_of

PLACEHOLDER = "instance"  # in place of the name, in the arguments that it is computed from
DIGITS = 10


def instance_name(arguments: Mapping[str, Any], *, image: str, files: Mapping[str, File]) -> str:
    """10 hex digits of a hash over a container's arguments, its image and its files.

    `image` is the image's id or, before it is built, its tag. A file counts by its version, where
    that is plain text: a changed setting or user secret leads to a new instance.
    """
    versions = {name: file.version for name, file in files.items()}
    known = _plain({"arguments": dict(arguments), "image": image, "files": versions})
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:DIGITS]


def image_id(tag: str) -> str:
    """The id of an image on this engine, by its tag; the tag when it is not built yet."""
    return (output_of(["docker", "image", "inspect", "-f", "{{.Id}}", tag]) or tag).strip()


def _plain(value: Any) -> Any:
    """The value without outputs, which are known later; argument classes as mappings."""
    if isinstance(value, pulumi.Output):
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "__dict__"):
        return _plain(vars(value))
    return value
