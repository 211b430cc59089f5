"""A value is taken as the JSON type that it is written in; a query is all text."""

import pytest
from rest_framework import serializers

from core.api.strict_input import StrictQuery, StrictSerializer


class Form(StrictSerializer):
    text = serializers.CharField(required=False, allow_null=True)
    number = serializers.IntegerField(required=False)
    flag = serializers.BooleanField(required=False)
    day = serializers.DateField(required=False)
    level = serializers.ChoiceField(choices=[(0, "low"), (1, "high")], required=False)
    word = serializers.ChoiceField(choices=["open", "done"], required=False)
    several = serializers.ListField(child=serializers.IntegerField(), required=False)


class Query(StrictQuery):
    number = serializers.IntegerField()
    flag = serializers.BooleanField()


TAKEN = {
    "text": "x",
    "number": 2,
    "flag": False,
    "day": "2026-01-31",
    "level": 1,
    "word": "done",
    "several": [1, 2],
}


def test_each_value_of_its_type_is_taken():
    given = Form(data=TAKEN)
    assert given.is_valid(), given.errors
    assert given.validated_data["flag"] is False and given.validated_data["several"] == [1, 2]
    # JSON knows one kind of number, and null where a field knows it.
    assert Form(data={"number": 2.0, "text": None}).is_valid()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", 0),
        ("text", True),
        ("text", ["x"]),
        ("number", "2"),
        ("number", True),
        ("number", 2.5),
        ("number", None),
        ("flag", "true"),
        ("flag", 0),
        ("flag", None),
        ("day", 20260131),
        ("level", "1"),
        ("level", 7),
        ("level", [1]),
        ("word", "Open"),
        ("several", ["1"]),
        ("several", {"1": 1}),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(field, value):
    given = Form(data={**TAKEN, field: value})
    assert not given.is_valid() and set(given.errors) == {field}


def test_a_query_is_text():
    given = Query(data={"number": "2", "flag": "true"})
    assert given.is_valid() and given.validated_data == {"number": 2, "flag": True}
    assert not Query(data={"number": "2", "flag": "true", "other": "x"}).is_valid()


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["page_size=0", "page_size=101", "page_size=many", "size=3"])
def test_a_list_is_asked_for_as_documented(api, query):
    answer = api.get(f"/api/v1/projects/public/?{query}")
    assert answer.status_code == 400 and set(answer.json()["errors"]) == {query.split("=")[0]}
    assert api.get("/api/v1/projects/public/?page_size=100&format=json").status_code == 200
