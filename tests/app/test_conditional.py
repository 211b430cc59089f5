"""Versions in headers, input that is not ignored, and bodies that are too much."""

import re

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from core.api.etags import VersionMissing, VersionStale, expected_version, versioned_response
from core.api.strict_input import StrictSerializer


def asked(**headers):
    return Request(APIRequestFactory().get("/", headers=headers))


@pytest.mark.parametrize(
    ("given", "version"), [('"12"', 12), (' "1" ', 1), ('W/"12"', 12), ('W/"3.owner"', 3)]
)
def test_the_version_of_a_change_is_read(given, version):
    assert expected_version(asked(**{"If-Match": given})) == version


@pytest.mark.parametrize("given", ["", "*"])
def test_a_change_must_say_its_version(given):
    with pytest.raises(VersionMissing):
        expected_version(asked(**{"If-Match": given}))


@pytest.mark.parametrize(
    "given",
    [
        *("W/1", 'w/"1"', 'W/"1", "2"', "1", '"1", "2"'),
        *('"x"', '""', '"-1"', '"1', '"²"', f'"{"9" * 30}"'),
    ],
)
def test_a_tag_that_is_none_of_ours_never_matches(given):
    with pytest.raises(VersionStale):
        expected_version(asked(**{"If-Match": given}))


def test_the_view_in_a_tag_is_no_part_of_the_version():
    assert expected_version(asked(**{"If-Match": '"12.owner"'})) == 12
    known = asked(**{"If-None-Match": '"3.viewer"'})
    assert versioned_response(known, {}, version=3, view="owner").status_code == 200
    assert versioned_response(known, {}, version=3, view="viewer").status_code == 304


@pytest.mark.parametrize(
    ("known", "status"), [('"3"', 304), ('W/"3"', 304), ('"2", "3"', 304), ("*", 304), ('"2"', 200)]
)
def test_an_answer_that_is_known_is_not_sent(known, status):
    answer = versioned_response(asked(**{"If-None-Match": known}), {"a": 1}, version=3)
    assert answer.status_code == status and answer["ETag"] == '"3"'
    assert (answer.data is None) == (status == 304)


class Words(StrictSerializer):
    word = serializers.CharField()
    told = serializers.CharField(read_only=True)


@pytest.mark.parametrize("name", ["wrod", "told"])
def test_a_field_that_is_not_known_is_named(name):
    given = Words(data={"word": "x", name: "y"})
    assert not given.is_valid() and given.errors == {name: ["There is no such field."]}
    assert Words(data={"word": "x"}).is_valid()


def test_a_body_above_the_limit_is_not_read(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = api.post("/api/v1/auth/login/", {"email": "x", "password": "y" * 1000})
    assert answer.status_code == 413 and answer["Content-Type"] == "application/problem+json"


def test_json_that_is_nested_too_deeply_is_refused(api):
    body = "[" * 200_000
    answer = api.post("/api/v1/auth/login/", body, content_type="application/json")
    assert answer.status_code == 400 and "too deeply" in answer.json()["detail"]


def test_the_documents_say_what_strict_input_takes():
    found = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]
    given = found["ProjectInputRequest"]
    assert given["additionalProperties"] is False
    for text, taken in {"x": True, " x ": True, " ": False, "a\0": False, "": False}.items():
        assert bool(re.search(given["properties"]["name"]["pattern"], text)) is taken, text
    assert re.search(given["properties"]["description"]["pattern"], "")
