"""Strict input: unknown fields and wrong JSON types are errors, not ignored or converted.

A misspelt field that is ignored looks like a change that was made, and to accept a number for a
string, or "no" for a boolean, is a guess.
"""

import json
import math
from typing import Any, ClassVar

from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from core.api import strict_schema  # noqa: F401 (it registers itself)

UNKNOWN = "There is no such field."
SURROGATE = "\\ud"  # JSON's escape of a surrogate; whole pairs are accepted
# A float may be a whole number: JSON has one number type.
JSON_TYPES: tuple[
    tuple[type[serializers.Field[Any, Any, Any, Any]], tuple[type, ...], str], ...
] = (
    (serializers.BooleanField, (bool,), "Send true or false."),
    (serializers.IntegerField, (int, float), "Send a number, without quotes."),
    (serializers.CharField, (str,), "Send a text, in quotes."),
    (serializers.DateField, (str,), "Send a text, in quotes."),
)


class StrictSerializer(serializers.Serializer[Any]):
    """For a body: refuses unknown fields, and values of another JSON type than the field's."""

    as_json: ClassVar[bool] = True
    never_empty: ClassVar[bool] = False  # OpenAPI: no field is required, but one of them is

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated values. The ValidationError names the unknown or mistyped fields."""
        if isinstance(data, dict):
            known = {name: field for name, field in self.fields.items() if not field.read_only}
            unknown = [str(name)[:100] for name in data if name not in known]
            if unknown:
                raise serializers.ValidationError({name: [UNKNOWN] for name in unknown[:20]})
            if self.as_json:
                _refuse_mistyped({known[name]: value for name, value in data.items()})
        return super().to_internal_value(data)


class StrictQuery(StrictSerializer):
    """For query parameters, which are all strings. Pass `request.query_params.dict()`."""

    as_json = False


def mistyped(field: Any, value: Any) -> str:
    """Return the error of a value's JSON type; empty if there is none, or the field reports it."""
    if isinstance(field, serializers.ListField):
        items = value if isinstance(value, list) else []
        return next((wrong for item in items if (wrong := mistyped(field.child, item))), "")
    if isinstance(field, serializers.ChoiceField):
        known = field.choice_strings_to_values.get(str(value), value)
        return "" if type(known) is type(value) else "Send the choice as it is listed."
    if value is not None:
        for kind, types, wrong in JSON_TYPES:
            if isinstance(field, kind):
                return "" if isinstance(value, types) else wrong
    return ""


def _refuse_mistyped(given: dict[Any, Any]) -> None:
    wrong = {field.field_name: mistyped(field, value) for field, value in given.items()}
    if any(wrong.values()):
        raise serializers.ValidationError(
            {name: [message] for name, message in wrong.items() if message}
        )


class JsonParser(JSONParser):
    """JSON as RFC 8259 requires between systems: UTF-8, unique names, and text that can be stored.

    A lone surrogate (`"\\ud800"`) can neither be stored nor sent back. A `charset` in the content
    type is ignored: Python's codecs are more than charsets, and `zlib` would turn a megabyte into a
    gigabyte.
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the parsed body. The message of a ParseError contains nothing of the body."""
        # `body` refuses what is above DATA_UPLOAD_MAX_MEMORY_SIZE; `read` would not.
        raw = stream.body if isinstance(stream, HttpRequest) else stream.read()
        try:
            text = raw.decode("utf-8")
            data = json.loads(
                text,
                object_pairs_hook=_unique_names,
                parse_constant=_refuse_constant,
                parse_float=_finite,
            )
            if SURROGATE in text.lower():
                json.dumps(data, ensure_ascii=False).encode("utf-8")
        except RecursionError:
            raise ParseError("JSON parse error - it is nested too deeply") from None
        except UnicodeError:
            raise ParseError("JSON parse error - it is not UTF-8, or holds half a pair") from None
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from None
        return data


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object. Raises ValueError for a repeated name, which parsers treat differently."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names a field twice")
    return found


def _refuse_constant(name: str) -> Any:
    """Raise ValueError: NaN and Infinity are not JSON."""
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    """Return the number. Raises ValueError for one beyond a float."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number
