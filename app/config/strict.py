"""Input that is taken as it is meant, or refused: an unknown field is an error, not ignored.

A misspelt field that is ignored looks like a change that was made.
"""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from config import strict_schema  # noqa: F401 (it registers itself)

UNKNOWN = "There is no such field."


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that knows all the fields that it is given."""

    def to_internal_value(self, data: Any) -> Any:
        """The checked values. Raises ValidationError that names each unknown field."""
        if isinstance(data, dict):
            known = {name for name, field in self.fields.items() if not field.read_only}
            unknown = [str(name)[:100] for name in data if name not in known]
            if unknown:
                raise serializers.ValidationError({name: [UNKNOWN] for name in unknown[:20]})
        return super().to_internal_value(data)


class JsonParser(JSONParser):
    """JSON. What is nested more deeply than Python follows is the sender's error, not ours."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The parsed body."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - it is nested too deeply") from None
