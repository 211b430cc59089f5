"""The name of an instance: a short hash of all that would force another container.

A component that must never be away is not replaced in place: what differs gets another name, so
Pulumi makes it beside the old one and removes the old one at the end of a good `up`. The name is
computed from the arguments that the container would be made with, before anything is made; values
that are known only later (ids of other resources) cannot be part of it.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pulumi

from infra.docker.files import File
from infra.process import output_of

PLACEHOLDER = "instance"  # stands where the name itself would stand
DIGITS = 10


def instance_name(arguments: Mapping[str, Any], *, image: str, files: Mapping[str, File]) -> str:
    """10 hex digits over a container's arguments, its image and its files.

    `image` is the image's id or, before it is built, its tag. Of a file counts the version where
    it is plain text: so a changed setting or a changed secret of the user makes a new instance.
    """
    versions = {name: file.version for name, file in files.items()}
    known = _plain({"arguments": dict(arguments), "image": image, "files": versions})
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:DIGITS]


def image_id(tag: str) -> str:
    """The id of an image of this engine by its tag; the tag where it is not built yet."""
    return (output_of(["docker", "image", "inspect", "-f", "{{.Id}}", tag]) or tag).strip()


def _plain(value: Any) -> Any:
    """Without what is known only later; Pulumi's argument classes as mappings."""
    if isinstance(value, pulumi.Output):
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "__dict__"):
        return _plain(vars(value))
    return value
