"""How the API's documents describe strict input, so that what they allow is taken."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers

# As a text field takes it: no NUL, which PostgreSQL cannot keep; and not blank, where that is not
# allowed, once the space around it is gone.
ANY_TEXT = r"^[^\x00]*$"
SOME_TEXT = r"^[^\x00]*[^\s\x00][^\x00]*$"


class StrictExtension(OpenApiSerializerExtension):
    """No other field than these, texts as they are checked, nothing twice in a list."""

    target_class = "core.api.strict_input.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """The schema of one serializer."""
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
    """drf-spectacular's hook: a body that cannot be empty cannot be left out either."""
    schemas = result["components"]["schemas"]
    for methods in result["paths"].values():
        for operation in methods.values():
            body = operation.get("requestBody", {"content": {}})
            for media in body["content"].values():
                name = media["schema"].get("$ref", "").rpartition("/")[2]
                if "minProperties" in schemas.get(name, ()):
                    body["required"] = True
    return result
