"""Strict input in the OpenAPI document, so that the service accepts what it allows.

`_map_serializer` of drf-spectacular is private (tests/app/test_private_apis.py); its documentation
of extensions uses it.
"""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers

# What a CharField accepts: no NUL, which PostgreSQL cannot store; and after trimming not blank,
# where that is not allowed.
ANY_TEXT = r"^[^\x00]*$"
SOME_TEXT = r"^[^\x00]*[^\s\x00][^\x00]*$"


class StrictExtension(OpenApiSerializerExtension):
    """Adds `additionalProperties: false`, and the patterns of strings and lists."""

    target_class = "core.api.strict_input.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the schema of one serializer."""
        found: dict[str, Any] = auto_schema._map_serializer(
            self.target, direction, bypass_extensions=True
        )
        for name, field in self.target.fields.items():
            if type(field) is serializers.CharField:
                pattern = ANY_TEXT if field.allow_blank else SOME_TEXT
                found["properties"][name].setdefault("pattern", pattern)
            if isinstance(field, serializers.ListField):
                found["properties"][name]["uniqueItems"] = True
            if isinstance(field, serializers.ListSerializer):
                most = getattr(field, "max_length", None)
                found["properties"][name] |= {"maxItems": most} if most else {}
        least = {"minProperties": 1} if self.target.never_empty else {}
        return {**found, **least, "additionalProperties": False}


def document_needed_bodies(result: Any, **_: Any) -> Any:
    """drf-spectacular's hook: a body that cannot be empty is required."""
    schemas = result["components"]["schemas"]
    for methods in result["paths"].values():
        for operation in methods.values():
            body = operation.get("requestBody", {"content": {}})
            for media in body["content"].values():
                name = media["schema"].get("$ref", "").rpartition("/")[2]
                if "minProperties" in schemas.get(name, ()):
                    body["required"] = True
    return result
