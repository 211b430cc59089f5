"""The comparison of two schemas: what breaks a client is found, and what does not is let be."""

import copy

import pytest

from openapi_changes import breaking

SCHEMA = {
    "paths": {
        "/things/": {
            "get": {
                "parameters": [
                    {"in": "query", "name": "q", "schema": {"type": "string", "maxLength": 9}}
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"type": "array"}}}},
                    "404": {},
                },
                "security": [{"header": []}, {}],
            },
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/New"}}
                    }
                },
                "responses": {
                    "201": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}
                        }
                    }
                },
            },
        }
    },
    "components": {
        "schemas": {
            "New": {
                "type": "object",
                "properties": {
                    "title": {"type": "string", "minLength": 1},
                    "size": {"type": "integer", "maximum": 10, "nullable": True},
                    "kind": {"allOf": [{"$ref": "#/components/schemas/Kind"}]},
                },
                "required": ["title"],
            },
            "Thing": {
                "type": "object",
                "properties": {
                    "id": {"type": "integer"},
                    "when": {"type": "string", "format": "date-time"},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                },
                "required": ["id", "when"],
            },
            "Kind": {"type": "string", "enum": ["a", "b"]},
        }
    },
}
POST = ("paths", "/things/", "post")
NEW, THING = ("components", "schemas", "New"), ("components", "schemas", "Thing")
GET = ("paths", "/things/", "get")
QUERY = (*GET, "parameters", 0)
GONE = object()


def changed(*changes):
    schema = copy.deepcopy(SCHEMA)
    for place, value in changes:
        *way, last = place
        part = schema
        for step in way:
            part = part[step]
        if value is GONE:
            del part[last]
        else:
            part[last] = value
    return schema


BREAKS = {
    "POST /things/: is gone": (POST, GONE),
    "GET /things/: asks for a login now": ((*GET, "security"), [{"header": []}]),
    "GET /things/: does not answer 200 any more": ((*GET, "responses", "200"), GONE),
    "GET /things/ parameter q: is gone": ((*GET, "parameters"), []),
    "GET /things/ parameter q: is required now": ((*QUERY, "required"), True),
    "GET /things/ parameter q: maxLength is 3 now": ((*QUERY, "schema", "maxLength"), 3),
    "POST /things/: a body is required now": ((*POST, "requestBody", "required"), True),
    "POST /things/ body.size: is gone": ((*NEW, "properties", "size"), GONE),
    "POST /things/ body.kind: is required now": ((*NEW, "required"), ["title", "kind"]),
    "POST /things/ body.title: was string, is integer": (
        (*NEW, "properties", "title", "type"),
        "integer",
    ),
    "POST /things/ body.size: was integer/null, is integer": (
        (*NEW, "properties", "size", "nullable"),
        False,
    ),
    "POST /things/ body.title: minLength is 2 now": (
        (*NEW, "properties", "title", "minLength"),
        2,
    ),
    "POST /things/ body.title: must look like ^x now": (
        (*NEW, "properties", "title", "pattern"),
        "^x",
    ),
    "POST /things/ body.kind: does not take ['b'] any more": (
        ("components", "schemas", "Kind", "enum"),
        ["a"],
    ),
    "POST /things/ 201.when: is gone": ((*THING, "properties", "when"), GONE),
    "POST /things/ 201.when: may be missing now": ((*THING, "required"), ["id"]),
    "POST /things/ 201.id: was integer, is integer/null": (
        (*THING, "properties", "id", "nullable"),
        True,
    ),
    "POST /things/ 201.when: the format was date-time, is date": (
        (*THING, "properties", "when", "format"),
        "date",
    ),
    "POST /things/ 201.parts: was array, is object": (
        (*THING, "properties", "parts", "type"),
        "object",
    ),
}
FITS = {
    "another address": (("paths", "/more/"), {"get": {"responses": {"200": {}}}}),
    "another method": (("paths", "/things/", "put"), {"responses": {"200": {}}}),
    "another field of a request": ((*NEW, "properties", "more"), {"type": "string"}),
    "another field of an answer": ((*THING, "properties", "more"), {"type": "string"}),
    "a field that is always there now": ((*THING, "required"), ["id", "when", "parts"]),
    "a field that need not be sent": ((*NEW, "required"), []),
    "another value to send": (("components", "schemas", "Kind", "enum"), ["a", "b", "c"]),
    "a wider limit": ((*NEW, "properties", "size", "maximum"), 11),
    "no limit": ((*NEW, "properties", "size", "maximum"), GONE),
    "no login any more": ((*GET, "security"), [{}]),
    "another error": ((*GET, "responses", "404"), GONE),
    "a parameter more": ((*GET, "parameters", 0, "description"), "what to look for"),
}


def test_a_schema_fits_itself():
    assert breaking(SCHEMA, copy.deepcopy(SCHEMA)) == []


@pytest.mark.parametrize("said", BREAKS)
def test_what_breaks_a_client_is_found(said):
    found = breaking(SCHEMA, changed(BREAKS[said]))
    assert said in found, found


@pytest.mark.parametrize("what", FITS)
def test_what_breaks_nobody_is_let_be(what):
    assert changed(FITS[what]) != SCHEMA
    assert breaking(SCHEMA, changed(FITS[what])) == []
