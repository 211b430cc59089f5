"""Input checked by plain functions: a serializer's objects cost more than the whole write.

The rules are those of `serializers`, which documents them; a test sends the same input through
both.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from rest_framework.exceptions import ValidationError

from core.api.path_converters import LARGEST_ID
from core.api.strict_input import UNKNOWN

Check = Callable[[Any], Any]
REQUIRED = "This field is required."
NULL = "This field may not be null."
NO_OBJECT = "An object is needed."


class Wrong(Exception):
    """What is wrong with one value."""


def text(*, most: int, blank: bool = False) -> Check:
    """Text without the space around it."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise Wrong("Not a valid string.")
        text = value.strip()
        if not text and not blank:
            raise Wrong("This field may not be blank.")
        if len(text) > most:
            raise Wrong(f"Ensure this field has no more than {most} characters.")
        if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
            raise Wrong("It holds a character that cannot be kept.")
        return text

    return check


MOST_WORDS = 16
WORD = re.compile(r"\w+")
# PostgreSQL takes a dash for "not" wherever a word could begin, and of some thirty the search is
# "too complex". One directly before a word or a quote means it.
IDLE_DASHES = re.compile(r"(?<=\w)--+|-+(?![\w\"])")


def words(*, most: int) -> Check:
    """What is searched for: text with few words, of which each costs PostgreSQL a look."""
    as_text = text(most=most)

    def check(value: Any) -> str:
        found = IDLE_DASHES.sub(" ", as_text(value)).strip()
        if len(WORD.findall(found)) > MOST_WORDS:
            raise Wrong(f"A search has {MOST_WORDS} words at most.")
        return found

    return check


def choice(values: Collection[Any]) -> Check:
    """One of these, of the same type."""
    kinds = {type(value) for value in values}

    def check(value: Any) -> Any:
        if type(value) not in kinds or value not in values:
            raise Wrong(f"One of these is needed: {', '.join(map(str, values))}.")
        return value

    return check


def whole(*, least: int = 1, most: int = LARGEST_ID) -> Check:
    """A whole number."""

    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise Wrong(f"A whole number from {least} to {most} is needed.")
        return value

    return check


def day(value: Any) -> date:
    """A day as YYYY-MM-DD."""
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Wrong("A day is needed, as YYYY-MM-DD.")


def or_null(check: Check) -> Check:
    """The same, or null."""
    return lambda value: None if value is None else check(value)


def several(check: Check, *, most: int) -> Check:
    """A list of different values, `most` at most."""

    def checked_list(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > most:
            raise Wrong(f"A list of {most} at most is needed.")
        found = [check(each) for each in value]
        if len(set(found)) != len(found):
            raise Wrong("The list names something twice.")
        return found

    return checked_list


def from_query(check: Check) -> Check:
    """The same for a number that comes as text."""

    def check_text(value: str) -> Any:
        if not value.isascii() or not value.isdecimal() or len(value) > 19:
            raise Wrong("A whole number is needed.")
        return check(int(value))

    return check_text


def errors_in(
    data: Any, *, fields: Mapping[str, Check], required: Collection[str] = ()
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The checked values, and what is wrong by field."""
    if not isinstance(data, dict):
        return {}, {"non_field_errors": [NO_OBJECT]}
    good: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for name, value in data.items():
        check = fields.get(name)
        if check is None:
            wrong[str(name)[:100]] = [UNKNOWN]
            continue
        try:
            good[name] = check(value)
        except Wrong as error:
            wrong[name] = [NULL if value is None else str(error)]
    wrong |= {name: [REQUIRED] for name in required if name not in data}
    return good, wrong


def checked(
    data: Any, *, fields: Mapping[str, Check], required: Collection[str] = ()
) -> dict[str, Any]:
    """The checked values. Raises ValidationError that names each wrong field."""
    good, wrong = errors_in(data, fields=fields, required=required)
    if wrong:
        raise ValidationError(dict(list(wrong.items())[:20]))
    return good
