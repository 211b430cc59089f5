"""Input that is taken as it is meant, or refused: an unknown field is an error, not ignored.

A misspelt field that is ignored looks like a change that was made, and a number that is taken for
a text, or "no" for a boolean, is a guess.
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
SURROGATE = "\\ud"  # how JSON writes one half of a pair; also of whole pairs, which are let pass
# A float may be a whole number: JSON knows one kind of number only.
WRITTEN: tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], tuple[type, ...], str], ...] = (
    (serializers.BooleanField, (bool,), "Send true or false."),
    (serializers.IntegerField, (int, float), "Send a number, without quotes."),
    (serializers.CharField, (str,), "Send a text, in quotes."),
    (serializers.DateField, (str,), "Send a text, in quotes."),
)


class StrictSerializer(serializers.Serializer[Any]):
    """For a body: knows all the fields that it is given, and takes each as JSON writes its type."""

    as_json: ClassVar[bool] = True
    never_empty: ClassVar[bool] = False  # for the documents: no field is needed, but one of them is

    def to_internal_value(self, data: Any) -> Any:
        """The checked values. Raises ValidationError that names what is unknown or mistyped."""
        if isinstance(data, dict):
            known = {name: field for name, field in self.fields.items() if not field.read_only}
            unknown = [str(name)[:100] for name in data if name not in known]
            if unknown:
                raise serializers.ValidationError({name: [UNKNOWN] for name in unknown[:20]})
            if self.as_json:
                _refuse_mistyped({known[name]: value for name, value in data.items()})
        return super().to_internal_value(data)


class StrictQuery(StrictSerializer):
    """For a query, where all is text. Give it `request.query_params.dict()`."""

    as_json = False


def mistyped(field: Any, value: Any) -> str:
    """What is wrong with a value's type; empty where nothing is, or the field itself will say."""
    if isinstance(field, serializers.ListField):
        items = value if isinstance(value, list) else []
        return next((wrong for item in items if (wrong := mistyped(field.child, item))), "")
    if isinstance(field, serializers.ChoiceField):
        known = field.choice_strings_to_values.get(str(value), value)
        return "" if type(known) is type(value) else "Send the choice as it is listed."
    if value is not None:
        for kind, types, wrong in WRITTEN:
            if isinstance(field, kind):
                return "" if isinstance(value, types) else wrong
    return ""


def _refuse_mistyped(given: dict[Any, Any]) -> None:
    wrong = {field.field_name: mistyped(field, value) for field, value in given.items()}
    if any(wrong.values()):
        raise serializers.ValidationError({name: [said] for name, said in wrong.items() if said})


class JsonParser(JSONParser):
    """JSON as RFC 8259 has it between systems: UTF-8, each name once, and text that can be kept.

    A lone surrogate (`"\\ud800"`) is no text: nothing can store it, or repeat it in an answer. A
    `charset` in the content type changes nothing: Python's codecs hold more than charsets, and
    `zlib` would make a gigabyte of a megabyte.
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The parsed body. Raises ParseError, which repeats nothing of the body."""
        # `body` refuses what is above DATA_UPLOAD_MAX_MEMORY_SIZE; `read` would not.
        raw = stream.body if isinstance(stream, HttpRequest) else stream.read()
        try:
            text = raw.decode("utf-8")
            data = json.loads(
                text,
                object_pairs_hook=_each_name_once,
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


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object. Raises ValueError: of two values of one name, readers take different ones."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names a field twice")
    return found


def _refuse_constant(name: str) -> Any:
    """Raises ValueError: NaN and Infinity are Python's and JavaScript's, and not JSON's."""
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    """The number. Raises ValueError for one that is beyond a float."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number
