"""The API's documents: each operation is told whole; no release breaks the last one's clients."""

from pathlib import Path

import pytest
import yaml
from drf_spectacular.generators import SchemaGenerator

from openapi_changes import breaking

RELEASES = Path("/srv/app/schema")
JSON = "application/json"
PROBLEM = "application/problem+json"
METHODS = ("get", "post", "put", "patch", "delete")


def current():
    return SchemaGenerator().get_schema(request=None, public=True)


SCHEMA = current()
OPERATIONS = {
    f"{method} {path}": item[method]
    for path, item in SCHEMA["paths"].items()
    for method in METHODS
    if method in item
}


def told(media):
    return "example" in media or bool(media.get("examples"))


def lacking(operation):
    """What of an operation's description is not there."""
    if not (operation.get("summary") or operation.get("description")):
        yield "a sentence that says what it does"
    if not operation.get("tags"):
        yield "a tag"
    body = operation.get("requestBody", {}).get("content", {}).get(JSON)
    if body is not None and not told(body):
        yield "an example of the request"
    answers = operation["responses"]
    good = [answer for status, answer in answers.items() if status[0] in "23"]
    if not good:
        yield "an answer when it goes well"
    for answer in good:
        if JSON in answer.get("content", {}) and not told(answer["content"][JSON]):
            yield "an example of the answer"
    bad = [answer for status, answer in answers.items() if status[0] in "45"]
    if not bad:
        yield "an answer when it does not go well"
    for answer in bad:
        if not told(answer.get("content", {}).get(PROBLEM, {})):
            yield "an error as a problem with an example"


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_is_told_whole(name):
    assert sorted(set(lacking(OPERATIONS[name]))) == []


def test_operations_have_names_of_their_own():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) > 10 and len(set(names)) == len(names)


def version_of(file):
    return [int(part) for part in file.stem.split(".")]


def test_nothing_of_the_last_release_is_broken():
    released = sorted(RELEASES.glob("*.yaml"), key=version_of)
    assert released, "app/schema holds no release: python -m tests.schema writes one"
    before = yaml.safe_load(released[-1].read_text())
    assert len(before["paths"]) > 20 and before["info"]["version"] == released[-1].stem
    assert breaking(before, current()) == []
    before["paths"]["/gone/"] = {"get": {"responses": {"200": {}}}}
    assert breaking(before, current()) == ["GET /gone/: is gone"]
